build-clang/tests/unit/test_http_raw.o: tests/unit/test_http_raw.c \
  server/base/clock.h server/base/base.h server/http/args.h \
  server/base/id.h server/http/request.h server/base/arena.h \
  server/base/buf.h server/base/err.h server/base/err.def \
  server/http/addr.h server/http/router.h server/http/cors.h \
  server/http/reply.h server/http/daemon.h server/http/park.h \
  server/base/done.h

server/base/clock.h:

server/base/base.h:

server/http/args.h:

server/base/id.h:

server/http/request.h:

server/base/arena.h:

server/base/buf.h:

server/base/err.h:

server/base/err.def:

server/http/addr.h:

server/http/router.h:

server/http/cors.h:

server/http/reply.h:

server/http/daemon.h:

server/http/park.h:

server/base/done.h:
