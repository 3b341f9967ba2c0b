build-san/server/http/cors.o: server/http/cors.c server/http/cors.h \
 server/http/reply.h server/http/request.h server/base/arena.h \
 server/base/base.h server/base/buf.h server/base/err.h \
 server/base/err.def server/http/addr.h server/http/router.h \
 server/base/str.h
server/http/cors.h:
server/http/reply.h:
server/http/request.h:
server/base/arena.h:
server/base/base.h:
server/base/buf.h:
server/base/err.h:
server/base/err.def:
server/http/addr.h:
server/http/router.h:
server/base/str.h:
