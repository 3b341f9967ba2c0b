build-san/server/base/crypto.o: server/base/crypto.c server/base/crypto.h \
 server/base/base.h
server/base/crypto.h:
server/base/base.h:
