build-clang/server/lead/words.o: server/lead/words.c server/lead/words.h \
  server/base/base.h server/lead/words.def server/base/str.h

server/lead/words.h:

server/base/base.h:

server/lead/words.def:

server/base/str.h:
