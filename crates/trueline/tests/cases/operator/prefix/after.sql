create operator @# (function = int8inc, rightarg = bigint);
