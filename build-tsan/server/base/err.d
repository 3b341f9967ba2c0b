build-tsan/server/base/err.o: server/base/err.c server/base/err.h \
 server/base/base.h server/base/err.def server/base/arena.h
server/base/err.h:
server/base/base.h:
server/base/err.def:
server/base/arena.h:
