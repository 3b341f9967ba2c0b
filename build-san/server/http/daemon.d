build-san/server/http/daemon.o: server/http/daemon.c server/http/daemon.h \
 server/http/request.h server/base/arena.h server/base/base.h \
 server/base/buf.h server/base/err.h server/base/err.def \
 server/http/addr.h server/http/router.h server/base/clock.h \
 server/http/loop.h server/http/guard.h server/http/limits.h \
 server/http/mhd.h server/http/wheel.h server/metrics/metrics.h \
 server/metrics/metrics.def
server/http/daemon.h:
server/http/request.h:
server/base/arena.h:
server/base/base.h:
server/base/buf.h:
server/base/err.h:
server/base/err.def:
server/http/addr.h:
server/http/router.h:
server/base/clock.h:
server/http/loop.h:
server/http/guard.h:
server/http/limits.h:
server/http/mhd.h:
server/http/wheel.h:
server/metrics/metrics.h:
server/metrics/metrics.def:
