/* Force-included while wolfSSL is compiled, because wolfSSL itself declares no prototype for its custom generator.
 * saproxy defines the function in proxy/session (over getrandom(2)). Assembler files see nothing of this. */
#ifndef SAPROXY_RAND_H
#define SAPROXY_RAND_H
#ifndef __ASSEMBLER__
int saproxy_rand_block(unsigned char* output, unsigned int size);
#endif
#endif
