build-tsan/server/base/arena.o: server/base/arena.c server/base/arena.h \
 server/base/base.h
server/base/arena.h:
server/base/base.h:
