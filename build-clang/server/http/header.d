build-clang/server/http/header.o: server/http/header.c server/base/id.h \
  server/base/base.h server/base/str.h server/http/args.h \
  server/http/request.h server/base/arena.h server/base/buf.h \
  server/base/err.h server/base/err.def server/http/addr.h \
  server/http/router.h server/http/loop.h server/http/daemon.h \
  server/http/guard.h server/http/limits.h server/http/mhd.h \
  server/http/wheel.h server/http/reply.h

server/base/id.h:

server/base/base.h:

server/base/str.h:

server/http/args.h:

server/http/request.h:

server/base/arena.h:

server/base/buf.h:

server/base/err.h:

server/base/err.def:

server/http/addr.h:

server/http/router.h:

server/http/loop.h:

server/http/daemon.h:

server/http/guard.h:

server/http/limits.h:

server/http/mhd.h:

server/http/wheel.h:

server/http/reply.h:
