build-tsan/server/base/str.o: server/base/str.c server/base/str.h \
 server/base/base.h
server/base/str.h:
server/base/base.h:
