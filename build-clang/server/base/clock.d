build-clang/server/base/clock.o: server/base/clock.c server/base/clock.h \
  server/base/base.h server/base/str.h

server/base/clock.h:

server/base/base.h:

server/base/str.h:
