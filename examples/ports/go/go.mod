module ckptscheme

go 1.19
