build-clang/server/http/args.o: server/http/args.c server/http/args.h \
  server/base/id.h server/base/base.h server/http/request.h \
  server/base/arena.h server/base/buf.h server/base/err.h \
  server/base/err.def server/http/addr.h server/http/router.h \
  server/base/clock.h server/base/str.h

server/http/args.h:

server/base/id.h:

server/base/base.h:

server/http/request.h:

server/base/arena.h:

server/base/buf.h:

server/base/err.h:

server/base/err.def:

server/http/addr.h:

server/http/router.h:

server/base/clock.h:

server/base/str.h:
