build-tsan/server/http/addr.o: server/http/addr.c server/http/addr.h \
 server/base/base.h server/base/str.h
server/http/addr.h:
server/base/base.h:
server/base/str.h:
