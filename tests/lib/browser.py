"""A real Chromium, a real server over a private PostgreSQL, and checks.

Speaks WebDriver over HTTP itself; needs Debian's chromium-driver, chromium
and postgresql-15.  Prints the line of libcheck.
"""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
LEADD = os.path.realpath(os.environ.get("TEST_LEADD",
                                        os.path.join(TOP, "build/leadd")))
WAIT_S = 60
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage"]


def call(port, method, path, body=None, headers=None):
    """One request: (status, fields, text)."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    try:
        c.request(method, path, body, headers or {})
        r = c.getresponse()
        return r.status, r.headers, r.read().decode()
    finally:
        c.close()


class Child:
    """A program of ours; what it prints goes to a file."""

    def __init__(self, home, name, argv, env=None):
        self.log = os.path.join(home, name + ".log")
        with open(self.log, "wb") as out:
            # a group of its own, so that its children end with it
            self.p = subprocess.Popen(argv, stdout=out, env=env, cwd=TOP,
                                      stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL,
                                      start_new_session=True)

    def wait_for(self, pattern):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                text = f.read()
            found = re.search(pattern, text)
            if found:
                return found
            if self.p.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"{self.log}: no {pattern}:\n{text[-2000:]}")

    def stop(self):
        if self.p.poll() is None:
            self.p.terminate()
            try:
                self.p.wait(15)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()
        try:
            os.killpg(self.p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Browser:
    """A WebDriver session."""

    def __init__(self, port, profile, script):
        self.port, self.session = port, ""
        options = {"args": FLAGS + [f"--user-data-dir={profile}"]}
        if not script:
            options["prefs"] = {
                "profile.managed_default_content_settings.javascript": 2}
        got = self.tell("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options}}})
        self.session = "/session/" + got["sessionId"]

    def tell(self, method, path, body=None):
        text = None if body is None else json.dumps(body)
        _, _, answer = call(self.port, method, self.session * (
            path != "/session") + path, text,
            {"Content-Type": "application/json"})
        value = json.loads(answer)["value"]
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{method} {path}: {value['message'][:500]}")
        return value

    def open(self, url):
        self.tell("POST", "/url", {"url": url})

    def find(self, css):
        got = self.tell("POST", "/element", {"using": "css selector",
                                             "value": css})
        return "/element/" + got[ELEMENT]

    def write(self, css, text):
        self.tell("POST", self.find(css) + "/value", {"text": text})

    def click(self, css):
        self.tell("POST", self.find(css) + "/click", {})

    def title(self):
        return self.tell("GET", "/title")

    def url(self):
        return self.tell("GET", "/url")

    def text(self):
        return self.tell("GET", self.find("body") + "/text")

    def run(self, script, *args):
        return self.tell("POST", "/execute/sync",
                         {"script": script, "args": list(args)})

    def quit(self):
        self.tell("DELETE", "")


class Server:
    """leadd and its database, in a directory that goes with it."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="leadd-browser.")
        os.chmod(self.home, 0o755)
        self.children = []
        self.shared = None
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        self.db = db = subprocess.run(["config/pg", "start", self.home, "fsync=off"],
                            cwd=TOP, check=True, stdout=subprocess.PIPE,
                            text=True).stdout.strip()
        env = {k: v for k, v in os.environ.items()
               if not k.startswith("LEADD_")}
        env.update(LEADD_DATABASE=db, LEADD_HOME=self.home, LEADD_PORT="0")
        for words in (["migrate"], ["setup-demo", f"--home={self.home}"]):
            subprocess.run([LEADD] + words, env=env, check=True, cwd=TOP,
                           stdout=subprocess.DEVNULL)
        self.leadd = self.child("leadd", [LEADD, "serve"], env)
        ready = self.leadd.wait_for(r"leadd ready on http://[0-9.]+:(\d+)")
        self.port = int(ready[1])
        with open(os.path.join(self.home, "keys.json"),
                  encoding="utf-8") as f:
            self.keys = json.load(f)

    def child(self, name, argv, env=None):
        self.children.append(Child(self.home, name, argv, env))
        return self.children[-1]

    def browser(self, script):
        profile = os.path.join(self.home, f"profile-{script}")
        driver = self.child("driver", ["chromedriver", "--port=0"])
        port = driver.wait_for(r"started successfully on port (\d+)")[1]
        return Browser(int(port), profile, script)

    def shared_browser(self):
        """One with JavaScript, for all checks that want it."""
        if not self.shared:
            self.shared = self.browser(True)
        return self.shared

    def stop(self):
        for c in reversed(self.children):
            c.stop()
        subprocess.run(["config/pg", "stop", self.home, "immediate"],
                       cwd=TOP, check=False)
        shutil.rmtree(self.home, ignore_errors=True)


def get(s, path, role=None):
    key = {"Authorization": "Bearer " + s.keys[role]} if role else {}
    return call(s.port, "GET", path, headers=key)


def run_checks(checks):
    """Every check against one server.  @return exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    s = Server()
    bad = 0
    try:
        for check in checks:
            try:
                check(s)
            except Exception:
                bad += 1
                print(f"{check.__name__}: failed")
                traceback.print_exc(file=sys.stdout)
    finally:
        s.stop()
    n = len(checks)
    print(f"{100 * (n - bad) // n}%: Checks: {n}, Failures: {bad}, Errors: 0")
    return bad != 0
