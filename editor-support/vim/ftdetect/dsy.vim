autocmd BufNewFile,BufRead *.dsy setfiletype dsy
