build-clang/tests/unit/test_http_parts.o: tests/unit/test_http_parts.c \
  server/base/arena.h server/base/base.h server/base/str.h \
  server/http/addr.h server/http/args.h server/base/id.h \
  server/http/request.h server/base/buf.h server/base/err.h \
  server/base/err.def server/http/router.h server/http/wheel.h

server/base/arena.h:

server/base/base.h:

server/base/str.h:

server/http/addr.h:

server/http/args.h:

server/base/id.h:

server/http/request.h:

server/base/buf.h:

server/base/err.h:

server/base/err.def:

server/http/router.h:

server/http/wheel.h:
