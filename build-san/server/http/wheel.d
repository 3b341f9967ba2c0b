build-san/server/http/wheel.o: server/http/wheel.c server/http/wheel.h \
 server/base/base.h
server/http/wheel.h:
server/base/base.h:
