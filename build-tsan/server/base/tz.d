build-tsan/server/base/tz.o: server/base/tz.c server/base/clock.h \
 server/base/base.h
server/base/clock.h:
server/base/base.h:
