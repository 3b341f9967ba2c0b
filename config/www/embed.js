// leadd: makes forms of a page post to the form's address.  Served without
// these comments and indents, in under 4 kB; so a line is never split inside
// a text.  Needs nothing; ES2015.
((w, d) => {
  let me = d.currentScript || {}, o = me.dataset || {}, src = me.src || "",
    // the way the snippet came is the way the answers go
    url = /\/embed\.js/.test(src) ? src.split("/embed.js")[0] : new URL("{{url}}", d.baseURI).href,
    thanks = {{success_url}}, ask = {{ask_token}}, proto = HTMLFormElement.prototype,
    names = /^(utm_\w+|[gw]braid|(g|fb|tt|z)clid|msclkid|li_fat_id|sccid)$/i,
    // s: what is kept in localStorage. q: values of the last click; l, r:
    // first landing page and referrer; c: consent; v: visitor, only with it
    s = {},
    save = () => { try { w.localStorage.leadd = JSON.stringify(s) } catch (e) {} },
    id = () => Array.from(w.crypto.getRandomValues(new Uint8Array(16)), b => (b + 256).toString(16).slice(1)).join(""),

    // ---- how they came ----
    arrive = () => {
      let q = {}, any;
      try { s = JSON.parse(w.localStorage.leadd) || s } catch (e) {}
      new URLSearchParams(w.location.search).forEach((v, n) => { if (v && names.test(n)) any = q[n] = v });
      if (any) s.q = q;
      if (!s.l) { s.l = w.location.href; s.r = d.referrer }
      save()
    },

    // ---- what they looked at: nothing leaves without consent ----
    session = () => { try { return w.sessionStorage.leadd = w.sessionStorage.leadd || id() } catch (e) {} },
    view = () => {
      let to = url + "/visits", body;
      if (!s.c) return;
      body = JSON.stringify({visitor_id: s.v, consent: true, session: session(), views: [{url: w.location.href, at: Date.now()}]});
      if (!(navigator.sendBeacon && navigator.sendBeacon(to, body)) && w.fetch)
        fetch(to, {method: "POST", body, keepalive: true}).catch(() => {})
    },
    consent = yes => {
      let first = yes && !s.c;
      s.c = !!yes;
      s.v = yes ? s.v || id() : undefined;
      save();
      if (first) view()
    },

    // ---- forms; fields may be called note, action or reset ----
    put = (f, n, v) => {
      let e = f.querySelector(`[name="${n}"]`);
      if (!v || e && e.value && !e.leadd) return;
      if (!e) {
        e = f.appendChild(d.createElement("input"));
        e.type = "hidden";
        e.name = n
      }
      e.leadd = 1;
      e.value = v
    },
    fill = f => {
      let all = Object.assign({page_url: s.l, referrer: s.r}, s.q, w.leadd.fields, s.c && {visitor_id: s.v, consent_behaviour_tracking: "1"});
      // set by Meta's pixel, where the page has it
      d.cookie.replace(/\b(_fb[cp])=([^;]+)/g, (x, n, v) => put(f, n, v));
      for (let n in all) put(f, n, all[n])
    },
    say = (f, role, text) => {
      let e = f._n = f._n || f.appendChild(d.createElement("p"));
      e.tabIndex = -1;
      e.setAttribute("role", role);
      e.textContent = text;
      return e
    },
    // the field a fault is about: by its name, else by its type
    field = (f, n) => n && (f.querySelector(`[name="${n}"]`) || f.querySelector(`[type="${n == "phone" ? "tel" : n}"]`)),
    wrong = (f, p) => {
      let first, e = say(f, "alert", (p.errors || []).map(e => {
        let x = field(f, e.pointer.split("/").pop());
        if (x) {
          x.setAttribute("aria-invalid", true);
          first = first || x
        }
        return f.dataset[e.code] || e.detail
      }).join(". ") || f.dataset.error || p.title || "Please try again.");
      (first || e).focus()
    },
    // of when the form appeared; asked for again where that failed, for the
    // next person, and before it is too old
    token = f => f._t = ask && w.fetch && fetch(url + "/token").then(r => r.json())
      .then(p => put(f, "_leadd_token", p.token.trim())).catch(() => { f._t = 0 }),
    good = f => {
      let to = f.dataset.success || thanks;
      f.dispatchEvent(new CustomEvent("leadd", {bubbles: true}));
      if (to) return w.location.assign(to);
      proto.reset.call(f);
      token(f);
      say(f, "status", f.dataset.thanks || "Thank you.").focus()
    },
    submit = ev => {
      let f = ev.target;
      if (f._b) return ev.preventDefault();
      f._b = 1;
      fill(f);
      // without fetch the browser posts the form itself
      if (!w.fetch) return setTimeout(() => { f._b = 0 }, 3e3);
      ev.preventDefault();
      f.querySelectorAll("[aria-invalid]").forEach(e => e.removeAttribute("aria-invalid"));
      // rather without the token than not at all
      Promise.race([f._t || token(f), new Promise(r => setTimeout(r, 3e3))])
        .then(() => fetch(url, {method: "POST", body: new FormData(f), headers: {Accept: "application/json"}}))
        .then(r => r.json().catch(() => ({})).then(p => r.ok ? good(f) : wrong(f, p)), () => proto.submit.call(f))
        .then(() => { f._b = 0 })
    },
    attach = x => (x.trim ? d.querySelectorAll(x) : [x]).forEach(f => {
      if (f._l) return;
      f._l = 1;
      f.setAttribute("action", url);
      f.setAttribute("method", "post");
      f.addEventListener("submit", submit);
      token(f);
      setInterval(token, 7e7, f)
    }),
    start = () => attach(o.form || "form[data-leadd]");

  // whatever stands in fields goes along as hidden fields
  w.leadd = {fields: {}, attach, consent, view};
  arrive();
  o.consent ? consent(o.consent == "granted") : view();
  d.readyState == "loading" ? d.addEventListener("DOMContentLoaded", start) : start()
})(window, document);
