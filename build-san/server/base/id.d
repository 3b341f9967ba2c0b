build-san/server/base/id.o: server/base/id.c server/base/id.h \
 server/base/base.h server/base/crypto.h
server/base/id.h:
server/base/base.h:
server/base/crypto.h:
