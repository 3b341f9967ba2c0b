build-san/server/http/guard.o: server/http/guard.c server/http/guard.h \
 server/base/err.h server/base/base.h server/base/err.def \
 server/base/str.h
server/http/guard.h:
server/base/err.h:
server/base/base.h:
server/base/err.def:
server/base/str.h:
