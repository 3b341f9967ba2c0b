build-clang/tests/perf/perf_http.o: tests/perf/perf_http.c \
  server/http/daemon.h server/http/request.h server/base/arena.h \
  server/base/base.h server/base/buf.h server/base/err.h \
  server/base/err.def server/http/addr.h server/http/router.h \
  server/http/park.h server/base/done.h server/http/reply.h

server/http/daemon.h:

server/http/request.h:

server/base/arena.h:

server/base/base.h:

server/base/buf.h:

server/base/err.h:

server/base/err.def:

server/http/addr.h:

server/http/router.h:

server/http/park.h:

server/base/done.h:

server/http/reply.h:
