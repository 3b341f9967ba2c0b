build-clang/server/http/park.o: server/http/park.c server/http/park.h \
  server/base/done.h server/base/err.h server/base/base.h \
  server/base/err.def server/http/request.h server/base/arena.h \
  server/base/buf.h server/http/addr.h server/http/router.h \
  server/http/loop.h server/http/daemon.h server/http/guard.h \
  server/http/limits.h server/http/mhd.h server/http/wheel.h \
  server/metrics/metrics.h server/metrics/metrics.def

server/http/park.h:

server/base/done.h:

server/base/err.h:

server/base/base.h:

server/base/err.def:

server/http/request.h:

server/base/arena.h:

server/base/buf.h:

server/http/addr.h:

server/http/router.h:

server/http/loop.h:

server/http/daemon.h:

server/http/guard.h:

server/http/limits.h:

server/http/mhd.h:

server/http/wheel.h:

server/metrics/metrics.h:

server/metrics/metrics.def:
