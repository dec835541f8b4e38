/* httpsload - HTTPS GET load generator that controls the TLS handshakes.
 *
 * One process, one epoll loop, N connections.  Every connection does a full
 * handshake (or, with -R, resumes the slot's last session), sends -k requests,
 * and is closed; then the slot connects again.  HTTP/1.1 only.
 * With -O new connections come at a steady rate, however slow the server is
 * and whoever was refused: then 503 is counted, and is no error.
 * Prints one JSON line.  Exit status 0 when there was no error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { C_IDLE, C_CONNECT, C_HANDSHAKE, C_WRITE, C_READ };
#define BUFSZ 32768

struct conn {
    int fd, state, left;        /* requests left on this connection */
    SSL *ssl;
    SSL_SESSION *sess;
    uint64_t t0, treq;          /* connection / request start, ns */
    size_t reqoff, reqlen;
    char *req;
    int64_t body;               /* body bytes still to come, -1: header not complete */
    size_t hlen;
    char head[2048];
};

static struct {
    struct sockaddr_in srv;
    uint64_t n;
    double secs, rate;
    int conc, keep, size;
    unsigned spread;
    bool resume, plain, verify, noclose;
    const char *host;
} o = { .n = 1000, .conc = 1, .keep = 1, .size = -1 };

static char **reqs;
static size_t *reqlens, nreqs;
static SSL_CTX *ctx;
static struct conn *cs;
static int ep, active;
static uint64_t started, done, conns, resumed, errors, bytes_total, next_url, spread_i;
static uint64_t e_connect, e_tls, e_http, e_closed;
static uint32_t *lat, *hlat, *rlat;
static uint64_t nlat, caplat, nhlat, caphlat, nrlat, caprlat;
static char first_error[256], proto[64];

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void push(uint32_t **v, uint64_t *n, uint64_t *cap, uint64_t ns)
{
    if (*n == *cap) {
        *cap = *cap ? *cap * 2 : 65536;
        *v = realloc(*v, *cap * sizeof **v);
        if (!*v) abort();
    }
    (*v)[(*n)++] = ns / 1000;
}

static void drop(struct conn *c)
{
    if (c->ssl) {
        SSL_free(c->ssl);
        c->ssl = NULL;
    }
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->state = C_IDLE;
    active--;
}

static void fail(struct conn *c, uint64_t *counter, const char *why)
{
    errors++;
    (*counter)++;
    if (!first_error[0]) {
        unsigned long e = ERR_peek_error();
        char b[160] = "";
        if (e)
            ERR_error_string_n(e, b, sizeof b);
        snprintf(first_error, sizeof first_error, "%.60s %.150s", why, b);
        for (char *p = first_error; *p; p++)
            if (*p == '"' || *p == '\\' || (unsigned char)*p < 32)
                *p = '?';
    }
    ERR_clear_error();
    if (c->sess) {              /* do not retry with a session that may be bad */
        SSL_SESSION_free(c->sess);
        c->sess = NULL;
    }
    drop(c);
}

/* Without a CA, OpenSSL would still build the chain and only not heed the outcome. */
static int unverified(X509_STORE_CTX *chain, void *arg)
{
    (void)chain;
    (void)arg;
    return 1;
}

static int on_session(SSL *ssl, SSL_SESSION *s)
{
    struct conn *c = SSL_get_app_data(ssl);
    if (c->sess)
        SSL_SESSION_free(c->sess);
    c->sess = s;
    return 1;
}

static void want(struct conn *c, uint32_t events)
{
    struct epoll_event ev = { .events = events, .data.u32 = c - cs };
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
}

static void begin_request(struct conn *c)
{
    c->req = reqs[next_url % nreqs];
    c->reqlen = reqlens[next_url % nreqs];
    next_url++;
    started++;
    c->reqoff = 0;
    c->body = -1;
    c->hlen = 0;
    c->state = C_WRITE;
    c->treq = now_ns();
}

static bool open_conn(struct conn *c)
{
    c->t0 = now_ns();
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        perror("socket");
        exit(3);
    }
    int yes = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (o.spread) {
        struct sockaddr_in a = { .sin_family = AF_INET };
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        a.sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)(spread_i++ % o.spread));
        bind(c->fd, (void *)&a, sizeof a);
    }
    active++;
    conns++;
    c->left = o.keep;
    struct epoll_event ev = { .events = EPOLLOUT, .data.u32 = c - cs };
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
    if (connect(c->fd, (void *)&o.srv, sizeof o.srv) < 0 && errno != EINPROGRESS) {
        fail(c, &e_connect, strerror(errno));
        return false;
    }
    c->state = C_CONNECT;
    return true;
}

static int io_read(struct conn *c, void *b, int n)
{
    return o.plain ? (int)recv(c->fd, b, n, 0) : SSL_read(c->ssl, b, n);
}

static int io_write(struct conn *c, const void *b, int n)
{
    return o.plain ? (int)send(c->fd, b, n, MSG_NOSIGNAL) : SSL_write(c->ssl, b, n);
}

/* 1: wait for the events set, 0: the connection ended */
static int io_wait(struct conn *c, int r, bool writing)
{
    if (o.plain) {
        if (r < 0 && (errno == EAGAIN || errno == EINTR)) {
            want(c, writing ? EPOLLOUT : EPOLLIN);
            return 1;
        }
        return 0;
    }
    int e = SSL_get_error(c->ssl, r);
    if (e == SSL_ERROR_WANT_READ) { want(c, EPOLLIN); return 1; }
    if (e == SSL_ERROR_WANT_WRITE) { want(c, EPOLLOUT); return 1; }
    return 0;
}

/* feeds bytes of the response; -2: 503, -1: error, 1: response complete, 0: more to come */
static int feed(struct conn *c, char *b, int n)
{
    if (c->body < 0) {
        size_t take = sizeof c->head - 1 - c->hlen;
        if ((size_t)n < take)
            take = n;
        memcpy(c->head + c->hlen, b, take);
        c->head[c->hlen + take] = 0;
        char *end = strstr(c->head, "\r\n\r\n");
        if (!end) {
            c->hlen += take;
            return c->hlen >= sizeof c->head - 1 ? -1 : 0;
        }
        if (o.rate > 0 && !strncmp(c->head, "HTTP/1.1 503", 12) &&
            strcasestr(c->head, "\r\nretry-after:"))
            return -2;
        if (strncmp(c->head, "HTTP/1.1 200", 12))
            return -1;
        char *cl = strcasestr(c->head, "\r\ncontent-length:");
        if (!cl || cl > end)
            return -1;
        c->body = atoll(cl + 17);
        if (o.size >= 0 && c->body != o.size)
            return -1;
        size_t used = end + 4 - c->head - c->hlen;
        b += used;
        n -= used;
    }
    if (n > c->body)
        return -1;
    c->body -= n;
    bytes_total += n;
    return c->body == 0;
}

static void step(struct conn *c)
{
    static char b[BUFSZ];
    int r;
    if (c->state == C_CONNECT) {
        int err = 0;
        socklen_t l = sizeof err;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &l);
        if (err)
            return fail(c, &e_connect, strerror(err));
        if (o.plain)
            begin_request(c);
        else {
            c->ssl = SSL_new(ctx);
            SSL_set_fd(c->ssl, c->fd);
            SSL_set_app_data(c->ssl, c);
            SSL_set_connect_state(c->ssl);
            if (o.host)
                SSL_set_tlsext_host_name(c->ssl, o.host);
            if (o.resume && c->sess)
                SSL_set_session(c->ssl, c->sess);
            c->state = C_HANDSHAKE;
        }
    }
    if (c->state == C_HANDSHAKE) {
        r = SSL_do_handshake(c->ssl);
        if (r != 1) {
            if (!io_wait(c, r, false))
                fail(c, &e_tls, "handshake");
            return;
        }
        if (SSL_session_reused(c->ssl))
            resumed++;
        if (!proto[0])
            snprintf(proto, sizeof proto, "%.20s %.40s", SSL_get_version(c->ssl), SSL_get_cipher_name(c->ssl));
        push(&hlat, &nhlat, &caphlat, now_ns() - c->t0);
        begin_request(c);
    }
    for (;;) {
        while (c->state == C_WRITE) {
            r = io_write(c, c->req + c->reqoff, c->reqlen - c->reqoff);
            if (r <= 0) {
                if (!io_wait(c, r, true))
                    fail(c, &e_closed, "write");
                return;
            }
            c->reqoff += r;
            if (c->reqoff == c->reqlen) {
                c->state = C_READ;
                want(c, EPOLLIN);
                return;         /* the answer cannot be there yet */
            }
        }
        r = io_read(c, b, sizeof b);
        if (r <= 0) {
            if (!io_wait(c, r, false))
                fail(c, &e_closed, "closed before the end of the response");
            return;
        }
        r = feed(c, b, r);
        if (r == -2) {
            push(&rlat, &nrlat, &caprlat, now_ns() - c->t0);
            return drop(c);
        }
        if (r < 0)
            return fail(c, &e_http, "bad response");
        if (r == 0)
            continue;
        uint64_t now = now_ns();
        done++;
        push(&lat, &nlat, &caplat, now - (c->left == o.keep ? c->t0 : c->treq));
        if (--c->left <= 0) {
            if (c->ssl && !o.noclose)
                SSL_shutdown(c->ssl);
            else if (c->ssl)
                SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
            ERR_clear_error();
            return drop(c);
        }
        begin_request(c);
    }
}

static int cmp32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void add_url(const char *path, const char *extra)
{
    char b[4096];
    int n = snprintf(b, sizeof b, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: httpsload\r\n%s%s\r\n",
                     path, o.host ? o.host : "localhost", o.keep == 1 ? "Connection: close\r\n" : "", extra);
    reqs = realloc(reqs, (nreqs + 1) * sizeof *reqs);
    reqlens = realloc(reqlens, (nreqs + 1) * sizeof *reqlens);
    if (!reqs || !reqlens || n >= (int)sizeof b) abort();
    reqs[nreqs] = strdup(b);
    reqlens[nreqs++] = n;
}

static void usage(void)
{
    fputs(
"usage: httpsload [options] -u PATH | -U LIST\n"
"  -h ADDR  server (127.0.0.1)      -p PORT  port (443)\n"
"  -n N     requests (1000)         -D SECS  stop starting after SECS\n"
"  -c N     connections (1)         -k N     requests per connection (1; 0: no limit)\n"
"  -O RATE  new connections per second, -c of them at once at most\n"
"  -u PATH  path to GET             -U LIST  file with one path per line, taken in turn\n"
"  -v V     1.2 | 1.3 only          -R       resume the connection slot's last session\n"
"  -C FILE  client certificate PEM  -K FILE  its key\n"
"  -G LIST  groups, e.g. P-256 or X25519     -X LIST  TLS 1.2 ciphers\n"
"  -Y LIST  signature algorithms, e.g. ECDSA+SHA256 or rsa_pss_rsae_sha256\n"
"  -A FILE  verify the server against this CA  -s NAME SNI and Host\n"
"  -S N     expected body size      -H LINE  one extra header line\n"
"  -B N     spread over N client addresses 127.1.0.1...\n"
"  -P       plain HTTP              -q       close without close_notify\n", stderr);
    exit(2);
}

int main(int argc, char **argv)
{
    int c, port = 443;
    const char *host = "127.0.0.1", *one = NULL, *list = NULL, *ver = NULL, *cert = NULL, *key = NULL,
               *groups = NULL, *ciphers = NULL, *sigalgs = NULL, *ca = NULL;
    char extra[1024] = "";
    while ((c = getopt(argc, argv, "h:p:n:D:c:k:O:u:U:v:RC:K:G:X:Y:A:s:S:H:B:Pq")) != -1)
        switch (c) {
        case 'h': host = optarg; break;
        case 'p': port = atoi(optarg); break;
        case 'n': o.n = strtoull(optarg, NULL, 10); break;
        case 'D': o.secs = atof(optarg); break;
        case 'O': o.rate = atof(optarg); break;
        case 'c': o.conc = atoi(optarg); break;
        case 'k': o.keep = atoi(optarg); break;
        case 'u': one = optarg; break;
        case 'U': list = optarg; break;
        case 'v': ver = optarg; break;
        case 'R': o.resume = true; break;
        case 'C': cert = optarg; break;
        case 'K': key = optarg; break;
        case 'G': groups = optarg; break;
        case 'X': ciphers = optarg; break;
        case 'Y': sigalgs = optarg; break;
        case 'A': ca = optarg; o.verify = true; break;
        case 's': o.host = optarg; break;
        case 'S': o.size = atoi(optarg); break;
        case 'H': snprintf(extra, sizeof extra, "%s\r\n", optarg); break;
        case 'B': o.spread = atoi(optarg); break;
        case 'P': o.plain = true; break;
        case 'q': o.noclose = true; break;
        default: usage();
        }
    if ((!one && !list) || optind != argc || o.conc < 1)
        usage();
    if (o.keep == 0)
        o.keep = 1 << 30;
    o.srv.sin_family = AF_INET;
    o.srv.sin_port = htons(port);
    if (inet_pton(AF_INET, host, &o.srv.sin_addr) != 1)
        usage();
    if (one)
        add_url(one, extra);
    else {
        FILE *f = fopen(list, "r");
        char line[2048];
        if (!f) { perror(list); return 2; }
        while (fgets(line, sizeof line, f)) {
            line[strcspn(line, " \t\r\n")] = 0;
            if (*line)
                add_url(line, extra);
        }
        fclose(f);
    }
    if (!nreqs)
        usage();
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);

    ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
    if (ver) {
        int v = !strcmp(ver, "1.2") ? TLS1_2_VERSION : TLS1_3_VERSION;
        SSL_CTX_set_min_proto_version(ctx, v);
        SSL_CTX_set_max_proto_version(ctx, v);
    }
    if (groups && !SSL_CTX_set1_groups_list(ctx, groups)) usage();
    if (ciphers && !SSL_CTX_set_cipher_list(ctx, ciphers)) usage();
    if (sigalgs && !SSL_CTX_set1_sigalgs_list(ctx, sigalgs)) usage();
    if (cert && (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
                 SSL_CTX_use_PrivateKey_file(ctx, key ? key : cert, SSL_FILETYPE_PEM) != 1)) {
        ERR_print_errors_fp(stderr);
        return 2;
    }
    if (ca && SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1) {
        ERR_print_errors_fp(stderr);
        return 2;
    }
    if (!ca)
        SSL_CTX_set_cert_verify_callback(ctx, unverified, NULL);
    SSL_CTX_set_verify(ctx, ca ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    if (o.resume) {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx, on_session);
    }

    cs = calloc(o.conc, sizeof *cs);
    if (!cs) return 3;
    for (int i = 0; i < o.conc; i++)
        cs[i].fd = -1;
    ep = epoll_create1(EPOLL_CLOEXEC);
    uint64_t t0 = now_ns(), now = t0, stop_at = o.secs > 0 ? t0 + (uint64_t)(o.secs * 1e9) : 0;
    struct epoll_event evs[256];
    bool more = true;
    int idle = 0;               /* next slot to look at */
    for (;;) {
        now = now_ns();
        if (started >= o.n || (stop_at && now >= stop_at))
            more = false;
        if (!more)              /* long keep-alive connections end with their current request */
            for (int i = 0; i < o.conc; i++)
                if (cs[i].state != C_IDLE && cs[i].left > 1)
                    cs[i].left = 1;
        for (int tries = 0; more && active < o.conc && tries < o.conc; tries++) {
            if (started + (uint64_t)active >= o.n + (uint64_t)o.conc)
                break;
            if (o.rate > 0 && conns >= (now - t0) / 1e9 * o.rate)
                break;
            while (cs[idle].state != C_IDLE)
                idle = (idle + 1) % o.conc;
            open_conn(&cs[idle]);
        }
        if (!active && !(more && o.rate > 0))
            break;
        int k = epoll_wait(ep, evs, 256, o.rate > 0 ? 1 : 100);
        for (int i = 0; i < k; i++)
            if (cs[evs[i].data.u32].state != C_IDLE)
                step(&cs[evs[i].data.u32]);
        if ((stop_at && now > stop_at + 10000000000ull) || (errors > 100000 && o.rate <= 0)) {
            for (int i = 0; i < o.conc; i++)
                if (cs[i].state != C_IDLE)
                    fail(&cs[i], &e_closed, "still running at the end");
            break;
        }
    }
    double secs = (now_ns() - t0) / 1e9;
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    double cpu = ru.ru_utime.tv_sec + ru.ru_utime.tv_usec / 1e6 +
                 ru.ru_stime.tv_sec + ru.ru_stime.tv_usec / 1e6;
    qsort(lat, nlat, sizeof *lat, cmp32);
    qsort(hlat, nhlat, sizeof *hlat, cmp32);
    qsort(rlat, nrlat, sizeof *rlat, cmp32);
#define Q(v, n, q) (n ? v[(uint64_t)((n - 1) * (q))] : 0)
    printf("{\"requests\": %lu, \"conns\": %lu, \"resumed\": %lu, \"errors\": %lu, \"secs\": %.4f, "
           "\"rps\": %.1f, \"cps\": %.1f, \"mbps\": %.2f, \"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u, "
           "\"hs_p50_us\": %u, \"hs_p99_us\": %u, "
           "\"told\": %lu, \"told_p50_us\": %u, \"told_p99_us\": %u, "
           "\"e_connect\": %lu, \"e_tls\": %lu, \"e_http\": %lu, \"e_closed\": %lu, "
           "\"gen_cpu\": %.3f, \"gen_util\": %.3f, \"proto\": \"%s\", \"first_error\": \"%s\"}\n",
           done, conns, resumed, errors, secs, done / secs, nhlat / secs, bytes_total / secs / 1e6,
           Q(lat, nlat, .5), Q(lat, nlat, .99), Q(lat, nlat, 1), Q(hlat, nhlat, .5), Q(hlat, nhlat, .99),
           nrlat, Q(rlat, nrlat, .5), Q(rlat, nrlat, .99),
           e_connect, e_tls, e_http, e_closed, cpu, cpu / secs, proto, first_error);
    return errors ? 1 : 0;
}
