package topology_test

import "flag"

var rewrite = flag.Bool("rewrite", false, "write testdata anew")
