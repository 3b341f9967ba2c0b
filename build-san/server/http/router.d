build-san/server/http/router.o: server/http/router.c server/http/router.h \
 server/base/err.h server/base/base.h server/base/err.def \
 server/base/str.h
server/http/router.h:
server/base/err.h:
server/base/base.h:
server/base/err.def:
server/base/str.h:
