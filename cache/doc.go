// Package cache is the file cache of answers behind proxy_cache and its like: zones, their entries in memory, and the files on
// disk. It knows nothing of how an answer is got.
//
// A Zone is what one `*_cache_path` says; its entries are shared by all loops and by all generations of the configuration that
// name the same zone. A Lookup is one exchange's business with one entry: Open says what there is, Lock makes others wait,
// Begin, Write and Commit fill it, Free gives it back. Whatever can wait for a disk runs off the loop (Task.Offload).
//
// Files lie where nginx would put them (levels of the key's MD5), with a header of their own.
package cache
