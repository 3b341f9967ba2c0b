build-tsan/server/base/log.o: server/base/log.c server/base/log.h \
 server/base/base.h server/base/buf.h server/base/err.h \
 server/base/err.def server/base/clock.h server/base/str.h
server/base/log.h:
server/base/base.h:
server/base/buf.h:
server/base/err.h:
server/base/err.def:
server/base/clock.h:
server/base/str.h:
