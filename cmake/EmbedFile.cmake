# Run by Embed.cmake at build time: FILE's bytes as a C array SYMBOL in HEADER.
file(READ ${FILE} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
get_filename_component(name ${FILE} NAME)
file(WRITE ${HEADER} "/* Made from ${name}. */\nstatic const char ${SYMBOL}[] = {\n${bytes}0};\n")
