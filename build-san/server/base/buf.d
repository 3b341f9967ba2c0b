build-san/server/base/buf.o: server/base/buf.c server/base/buf.h \
 server/base/err.h server/base/base.h server/base/err.def \
 server/base/str.h
server/base/buf.h:
server/base/err.h:
server/base/base.h:
server/base/err.def:
server/base/str.h:
