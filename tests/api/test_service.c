/* What the service manager is told: see sd_notify(3). */
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../unit/unit.h"
#include "real_server.h"

#define TOLD_MS 10000

static char dir[] = "/tmp/leadd-service-XXXXXX";
static int manager = -1;

static void setup(void)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};

    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/notify", dir);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(manager, (struct sockaddr *)&sa, sizeof(sa)), 0);
}

static void teardown(void)
{
    server_free(&srv);
    close(manager);
    unlink(keep("%s/notify", dir));
    rmdir(dir);
}

/* Until @a what was told. @return false when it was not in time */
static bool is_told(const char *what)
{
    long long end = talk_ms() + TOLD_MS;

    for (;;) {
        struct pollfd p = {manager, POLLIN, 0};
        long long left = end - talk_ms();
        char text[64];
        ssize_t n;

        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            return false;
        n = recv(manager, text, sizeof(text) - 1, 0);
        text[MAX(n, 0)] = '\0';
        if (strcmp(text, what) == 0)
            return true;
    }
}

START_TEST(the_service_manager_hears_each_state)
{
    const char *env[] = {keep("NOTIFY_SOCKET=%s/notify", dir),
                         "WATCHDOG_USEC=200000", NULL};

    server_start(&srv, pg_fixture(), env);
    ck_assert(is_told("READY=1"));
    ck_assert(is_told("WATCHDOG=1"));
    ck_assert(is_told("WATCHDOG=1"));
    kill(srv.pid, SIGHUP);
    ck_assert(is_told("RELOADING=1"));
    ck_assert(is_told("READY=1"));
    ck_assert_int_eq(server_stop(&srv), 0);
    ck_assert(is_told("STOPPING=1"));
}
END_TEST

/* The variable is wrong, or nobody listens: the service runs all the same. */
START_TEST(a_manager_that_is_not_there_harms_nothing)
{
    static const char *const WRONG[] = {"NOTIFY_SOCKET=relative",
                                        "NOTIFY_SOCKET=/nonexistent/notify",
                                        "NOTIFY_SOCKET=@leadd-nobody"};
    const char *env[] = {WRONG[_i], "WATCHDOG_USEC=many", NULL};

    server_start(&srv, pg_fixture(), env);
    ck_assert_int_eq(get(NULL, "/healthz")->status, 200);
    ck_assert_int_eq(server_stop(&srv), 0);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("service");

    pg_fixture();
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_service_manager_hears_each_state);
    tcase_add_loop_test(tc, a_manager_that_is_not_there_harms_nothing, 0, 3);
    return unit_run(tc, "service");
}
