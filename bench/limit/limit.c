// limit: the least CPU that an SFU can spend per forwarded packet on this machine. See README.md for what is billed to whom.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum { PACKET = 1100, HEADER = 12, TAG = 16, PAYLOAD = PACKET - HEADER - TAG, FRAME = 5, MAX_N = 1000, MAX_WINDOWS = 100000 };
enum { EVP, MB, CRYPTOS };
enum { SENDTO, GSO, SENDS };
enum { DROP, DRAIN, LIVE, SINKS };
static const char *const crypto_name[] = { "evp", "mb" }, *const send_name[] = { "sendto", "gso" },
                  *const sink_name[] = { "drop", "drain", "live" };

struct key { // one direction of one transport: RFC 7714 AEAD_AES_128_GCM after key derivation
  uint8_t key[16], salt[12];
  EVP_CIPHER_CTX *evp;
#ifdef HAVE_IPSEC_MB
  struct gcm_key_data *mb;
#endif
};

struct receiver {
  struct key key;
  struct sockaddr_in to;
  uint32_t ssrc, ts_offset;
  uint64_t index_offset;
};

struct row {
  int n, crypto, send, sink, paced;
  uint64_t sent, delivered, runs, ingress;
  double us, sys_us, ksoftirqd_ns;
  double *window;
  int windows;
};

// Orders from the SFU to its two helpers, and their counts back.
static struct shared {
  atomic_int n, sink;
  atomic_ulong drained;
} *shared;

static struct key in_key;
static struct receiver *receivers;
static int sink_fd[SINKS][MAX_N]; // drain and live share one set
static int media;                 // the one UDP socket of the SFU
static struct sockaddr_in media_address;
static uint64_t in_index;         // extended sequence number of the newest packet received
static int max_n;
static int publisher_order[2], publisher_done[2], drainer_order[2], drainer_done[2];
#ifdef HAVE_IPSEC_MB
static IMB_MGR *mb;
#endif

static void die(const char *format, ...)
{
  va_list a;
  va_start(a, format);
  fprintf(stderr, "limit: ");
  vfprintf(stderr, format, a);
  fprintf(stderr, "%s%s\n", errno ? ": " : "", errno ? strerror(errno) : "");
  exit(1);
}

static double now(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void put32(uint8_t *p, uint32_t v) { v = htonl(v); memcpy(p, &v, 4); }
static void put16(uint8_t *p, uint16_t v) { v = htons(v); memcpy(p, &v, 2); }
static uint32_t get32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return ntohl(v); }
static uint16_t get16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return ntohs(v); }

// --- SRTP ---

static void key_set_up(struct key *k, uint32_t seed)
{
  for (int i = 0; i < 28; i++) {
    seed = seed * 1664525 + 1013904223;
    *(i < 16 ? &k->key[i] : &k->salt[i - 16]) = seed >> 24;
  }
  k->evp = EVP_CIPHER_CTX_new();
  if (!k->evp || EVP_CipherInit_ex(k->evp, EVP_aes_128_gcm(), NULL, k->key, NULL, 1) != 1) die("no AES-GCM");
#ifdef HAVE_IPSEC_MB
  k->mb = aligned_alloc(64, (sizeof *k->mb + 63) & ~63ul);
  IMB_AES128_GCM_PRE(mb, k->key, k->mb);
#endif
}

static void iv_make(uint8_t *iv, const struct key *k, uint32_t ssrc, uint64_t index)
{
  uint8_t v[12] = { 0 };
  put32(v + 2, ssrc);
  put32(v + 6, index >> 16);
  put16(v + 10, index);
  for (int i = 0; i < 12; i++) iv[i] = v[i] ^ k->salt[i];
}

static void protect(int crypto, struct key *k, const uint8_t *iv, uint8_t *out, const uint8_t *payload)
{
#ifdef HAVE_IPSEC_MB
  if (crypto == MB) {
    struct gcm_context_data c;
    IMB_AES128_GCM_ENC(mb, k->mb, &c, out + HEADER, payload, PAYLOAD, iv, out, HEADER, out + HEADER + PAYLOAD, TAG);
    return;
  }
#endif
  (void) crypto;
  int l;
  EVP_EncryptInit_ex(k->evp, NULL, NULL, NULL, iv);
  EVP_EncryptUpdate(k->evp, NULL, &l, out, HEADER);
  EVP_EncryptUpdate(k->evp, out + HEADER, &l, payload, PAYLOAD);
  EVP_EncryptFinal_ex(k->evp, out + HEADER + PAYLOAD, &l);
  EVP_CIPHER_CTX_ctrl(k->evp, EVP_CTRL_AEAD_GET_TAG, TAG, out + HEADER + PAYLOAD);
}

static int unprotect(int crypto, struct key *k, const uint8_t *iv, uint8_t *payload, uint8_t *in)
{
#ifdef HAVE_IPSEC_MB
  if (crypto == MB) {
    struct gcm_context_data c;
    uint8_t tag[TAG], d = 0;
    IMB_AES128_GCM_DEC(mb, k->mb, &c, payload, in + HEADER, PAYLOAD, iv, in, HEADER, tag, TAG);
    for (int i = 0; i < TAG; i++) d |= tag[i] ^ in[HEADER + PAYLOAD + i];
    return !d;
  }
#endif
  (void) crypto;
  int l;
  return EVP_DecryptInit_ex(k->evp, NULL, NULL, NULL, iv) == 1 && EVP_DecryptUpdate(k->evp, NULL, &l, in, HEADER) == 1
         && EVP_DecryptUpdate(k->evp, payload, &l, in + HEADER, PAYLOAD) == 1
         && EVP_CIPHER_CTX_ctrl(k->evp, EVP_CTRL_AEAD_SET_TAG, TAG, in + HEADER + PAYLOAD) == 1
         && EVP_DecryptFinal_ex(k->evp, payload + PAYLOAD, &l) == 1;
}

// --- the SFU: what is measured ---

static int receive_and_decrypt(int crypto, uint8_t header[][HEADER], uint8_t payload[][PAYLOAD + TAG], uint64_t *index)
{
  static uint8_t in[FRAME][1500];
  static struct iovec v[FRAME];
  static struct mmsghdr m[FRAME];
  for (int i = 0; i < FRAME; i++) {
    v[i] = (struct iovec) { in[i], sizeof in[i] };
    m[i].msg_hdr = (struct msghdr) { .msg_iov = &v[i], .msg_iovlen = 1 };
  }
  int got = recvmmsg(media, m, FRAME, MSG_WAITFORONE, NULL);
  if (got < 0) die("recvmmsg");
  for (int i = 0; i < got; i++) {
    if (m[i].msg_len != PACKET || in[i][0] != 0x80) die("a strange packet");
    in_index += (int16_t) (get16(in[i] + 2) - (uint16_t) in_index);
    index[i] = in_index;
    uint8_t iv[12];
    iv_make(iv, &in_key, get32(in[i] + 8), in_index);
    if (!unprotect(crypto, &in_key, iv, payload[i], in[i])) die("a packet does not authenticate");
    memcpy(header[i], in[i], HEADER);
  }
  return got;
}

static int forward(int n, int crypto, int send) // one frame, or what has arrived of it; returns packets taken in
{
  static uint8_t header[FRAME][HEADER], payload[FRAME][PAYLOAD + TAG], out[FRAME * PACKET];
  uint64_t index[FRAME];
  int got = receive_and_decrypt(crypto, header, payload, index);
  for (int i = 0; i < n; i++) {
    struct receiver *r = &receivers[i];
    for (int k = 0; k < got; k++) {
      uint8_t *p = out + k * PACKET, iv[12];
      uint64_t x = index[k] + r->index_offset;
      p[0] = header[k][0];
      p[1] = header[k][1];
      put16(p + 2, x);
      put32(p + 4, get32(header[k] + 4) + r->ts_offset);
      put32(p + 8, r->ssrc);
      iv_make(iv, &r->key, r->ssrc, x);
      protect(crypto, &r->key, iv, p, payload[k]);
      if (send == SENDTO && sendto(media, p, PACKET, 0, (void *) &r->to, sizeof r->to) != PACKET) die("sendto");
    }
    if (send == GSO) {
      char control[CMSG_SPACE(2)] = { 0 };
      struct iovec v = { out, (size_t) got * PACKET };
      struct msghdr m = { .msg_name = &r->to, .msg_namelen = sizeof r->to, .msg_iov = &v, .msg_iovlen = 1 };
      if (got > 1) {
        m.msg_control = control;
        m.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(2);
        uint16_t size = PACKET;
        memcpy(CMSG_DATA(c), &size, 2);
      }
      if (sendmsg(media, &m, 0) != (ssize_t) v.iov_len) die("sendmsg with UDP_SEGMENT");
    }
  }
  return got;
}

// --- helpers, each a process of its own: not billed ---

static void publish(int fd, uint64_t *index, int frames, double interval)
{
  static uint8_t payload[PAYLOAD], p[PACKET];
  double due = now(CLOCK_MONOTONIC);
  for (int f = 0; f < frames; f++) {
    for (int k = 0; k < FRAME; k++) {
      uint64_t x = ++*index;
      uint8_t iv[12];
      put16(p, 0x8060 | (k == FRAME - 1) << 7);
      put16(p + 2, x);
      put32(p + 4, x / FRAME * 3600);
      put32(p + 8, 0x1234);
      memset(payload, x, 64);
      iv_make(iv, &in_key, 0x1234, x);
      protect(EVP, &in_key, iv, p, payload);
      if (sendto(fd, p, PACKET, 0, (void *) &media_address, sizeof media_address) != PACKET) die("publisher");
    }
    if (interval > 0 && (due += interval) > now(CLOCK_MONOTONIC)) usleep((due - now(CLOCK_MONOTONIC)) * 1e6);
  }
}

static void run_publisher(void)
{
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  uint64_t index = in_index;
  struct { int frames; double interval; } order;
  while (read(publisher_order[0], &order, sizeof order) == sizeof order) {
    publish(fd, &index, order.frames, order.interval);
    if (write(publisher_done[1], "", 1) != 1) break;
  }
  _exit(0);
}

static int take(int fd) // count and discard, without copying a byte of payload
{
  static struct mmsghdr m[64];
  int sum = 0, k;
  do {
    memset(m, 0, sizeof m);
    k = recvmmsg(fd, m, 64, MSG_DONTWAIT | MSG_TRUNC, NULL);
    if (k > 0) sum += k;
  } while (k == 64);
  return sum;
}

static void run_drainer(void)
{
  int ep = epoll_create1(0);
  struct epoll_event e[256] = { { .events = EPOLLIN, .data.fd = drainer_order[0] } };
  epoll_ctl(ep, EPOLL_CTL_ADD, drainer_order[0], e);
  for (int watched = 0;;) { // receivers are watched only while the sink is live: otherwise a packet must wake nobody
    int k = epoll_wait(ep, e, 256, -1);
    for (int i = 0; i < k; i++) {
      if (e[i].data.fd != drainer_order[0]) {
        shared->drained += take(e[i].data.fd);
        continue;
      }
      char c;
      if (read(drainer_order[0], &c, 1) != 1) _exit(0);
      int want = c == 'L' ? shared->n : 0;
      for (; watched < want; watched++) {
        struct epoll_event x = { .events = EPOLLIN, .data.fd = sink_fd[DRAIN][watched] };
        epoll_ctl(ep, EPOLL_CTL_ADD, x.data.fd, &x);
      }
      for (; watched > want; watched--) epoll_ctl(ep, EPOLL_CTL_DEL, sink_fd[DRAIN][watched - 1], NULL);
      if (c == 'D')
        for (int j = 0; j < shared->n; j++) shared->drained += take(sink_fd[DRAIN][j]);
      if (write(drainer_done[1], "", 1) != 1) _exit(0);
    }
  }
}

static void order_publisher(int frames, double interval)
{
  struct { int frames; double interval; } order = { frames, interval };
  if (write(publisher_order[1], &order, sizeof order) != sizeof order) die("publisher is gone");
}
static void wait_publisher(void) { char c; if (read(publisher_done[0], &c, 1) != 1) die("publisher is gone"); }
static void order_drainer(char what)
{
  char c;
  if (write(drainer_order[1], &what, 1) != 1 || read(drainer_done[0], &c, 1) != 1) die("drainer is gone");
}

// --- measuring ---

static int ksoftirqd[256], ksoftirqds;

static void find_ksoftirqd(void)
{
  DIR *d = opendir("/proc");
  for (struct dirent *e; d && (e = readdir(d)); ) {
    char path[300], name[32] = "";
    snprintf(path, sizeof path, "/proc/%s/comm", e->d_name);
    FILE *f = atoi(e->d_name) ? fopen(path, "r") : NULL;
    if (!f) continue;
    if (fgets(name, sizeof name, f) && !strncmp(name, "ksoftirqd/", 10) && ksoftirqds < 256) ksoftirqd[ksoftirqds++] = atoi(e->d_name);
    fclose(f);
  }
  if (d) closedir(d);
}

static double ksoftirqd_ns(void)
{
  double sum = 0, v;
  for (int i = 0; i < ksoftirqds; i++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/schedstat", ksoftirqd[i]);
    FILE *f = fopen(path, "r");
    if (!f) continue;
    if (fscanf(f, "%lf", &v) == 1) sum += v;
    fclose(f);
  }
  return sum;
}

static double cpu_us(double *sys)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  *sys = u.ru_stime.tv_sec * 1e6 + u.ru_stime.tv_usec;
  return *sys + u.ru_utime.tv_sec * 1e6 + u.ru_utime.tv_usec;
}

static void address_receivers(int sink)
{
  for (int i = 0; i < max_n; i++) {
    socklen_t l = sizeof receivers[i].to;
    getsockname(sink_fd[sink == DROP ? DROP : DRAIN][i], (void *) &receivers[i].to, &l);
  }
}

static void slice(struct row *r, double seconds, double fps)
{
  address_receivers(r->sink);
  shared->n = r->n;
  shared->drained = 0;
  order_drainer(r->sink == LIVE ? 'L' : 'W');
  int frames = r->n ? 2000 / (FRAME * r->n) : 64; // a window of about 2,000 packets, one frame at least
  frames = frames < 1 ? 1 : frames > 64 ? 64 : frames;
  double soft = ksoftirqd_ns(), end = now(CLOCK_MONOTONIC) + seconds;
  uint64_t sent = 0, wanted = 0;
  do {
    int window = r->paced ? (int) (seconds * fps) : frames, in = 0;
    order_publisher(window, r->paced ? 1 / fps : 0);
    if (!r->paced) wait_publisher(); // all of it waits in the socket: the window below never sleeps
    double sys0, sys1, us0 = cpu_us(&sys0);
    while (in < window * FRAME) {
      in += forward(r->n, r->crypto, r->send);
      r->runs++;
    }
    double us = cpu_us(&sys1) - us0;
    if (r->paced) wait_publisher();
    r->us += us;
    r->sys_us += sys1 - sys0;
    r->ingress += in;
    sent += (uint64_t) in * (r->n ? r->n : 1);
    wanted += (uint64_t) in * r->n;
    if (r->windows < MAX_WINDOWS) r->window[r->windows++] = us * 1000 / (in * (double) (r->n ? r->n : 1));
    if (r->sink == DRAIN) order_drainer('D');
    if (r->sink == LIVE)
      for (int i = 0; shared->drained < wanted && i < 2000; i++) usleep(100);
  } while (now(CLOCK_MONOTONIC) < end && !r->paced);
  r->ksoftirqd_ns += ksoftirqd_ns() - soft;
  order_drainer('W');
  r->sent += sent;
  r->delivered += r->sink == DROP ? 0 : shared->drained;
}

static const char *sink_of(const struct row *r)
{
  static const char *const paced[] = { "", "paced_drain", "paced_live" };
  return !r->n ? "in" : r->paced ? paced[r->sink] : sink_name[r->sink];
}

static int compare(const void *a, const void *b) { double x = *(const double *) a, y = *(const double *) b; return (x > y) - (x < y); }

static void self_test(int cryptos) // what leaves must be what a receiver can decrypt: all variants, before anything is timed
{
  int from = socket(AF_INET, SOCK_DGRAM, 0);
  address_receivers(DRAIN);
  uint64_t index = in_index;
  int n = max_n < 4 ? max_n : 4;
  for (int c = 0; c < cryptos; c++)
    for (int s = 0; s < SENDS; s++) {
      publish(from, &index, 1, 0);
      for (int in = 0; in < FRAME; ) in += forward(n, c, s);
      for (int i = 0; i < n; i++)
        for (int k = 0; k < FRAME; k++) {
          uint8_t p[1500], iv[12], plain[PAYLOAD + TAG];
          errno = 0;
          if (recv(sink_fd[DRAIN][i], p, sizeof p, MSG_DONTWAIT) != PACKET) die("self-test: receiver %d got no packet %d", i, k);
          uint64_t x = in_index - FRAME + 1 + k, y = x + receivers[i].index_offset;
          iv_make(iv, &receivers[i].key, receivers[i].ssrc, y);
          if (get32(p + 8) != receivers[i].ssrc || get16(p + 2) != (uint16_t) y || !unprotect(EVP, &receivers[i].key, iv, plain, p)
              || plain[0] != (uint8_t) x)
            die("self-test: %s %s sends packets that are not right", crypto_name[c], send_name[s]);
        }
    }
  close(from);
}

static int bound(int small)
{
  int fd = socket(AF_INET, SOCK_DGRAM, 0), size = small ? 1 : 4 << 20;
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  if (fd < 0) die("socket");
  if (small || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (bind(fd, (void *) &a, sizeof a)) die("bind");
  return fd;
}

static void pin(int cpu)
{
  cpu_set_t s;
  CPU_ZERO(&s);
  CPU_SET(cpu, &s);
  sched_setaffinity(0, sizeof s, &s);
}

static pid_t helper(void (*run)(void), int cpu)
{
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (cpu >= 0) pin(cpu);
  run();
  _exit(0);
}

int main(int argc, char **argv)
{
  int ns[16] = { 1, 10, 100, 400 }, n_count = 4, sinks = 7, do_pin = 1;
  double seconds = 0.6, fps = 0;
  const char *json = NULL;
  for (int o; (o = getopt(argc, argv, "n:s:k:f:j:Ph")) != -1; )
    switch (o) {
      case 'n':
        n_count = 0;
        for (char *p = strtok(optarg, ","); p && n_count < 16; p = strtok(NULL, ",")) ns[n_count++] = atoi(p);
        break;
      case 's': seconds = atof(optarg); break;
      case 'k':
        sinks = 0;
        for (int k = 0; k < SINKS; k++) sinks |= !!strstr(optarg, sink_name[k]) << k;
        break;
      case 'f': fps = atof(optarg); break;
      case 'j': json = optarg; break;
      case 'P': do_pin = 0; break;
      default:
        fprintf(stderr, "use: limit [-n 1,10,100,400] [-s SECONDS_PER_ROW] [-k drop,drain,live] [-f FPS] [-j JSON_FILE] [-P]\n"
                        "  -f  also measure at a pace of FPS frames/s      -P  do not pin to CPUs\n");
        return 2;
    }
  for (int i = 0; i < n_count; i++) {
    if (ns[i] < 1 || ns[i] > MAX_N) die("N must be 1 to %d", MAX_N);
    if (ns[i] > max_n) max_n = ns[i];
  }
  struct rlimit files = { 4096, 4096 };
  setrlimit(RLIMIT_NOFILE, &files);
  int cpus = sysconf(_SC_NPROCESSORS_ONLN), cryptos = 1;
#ifdef HAVE_IPSEC_MB
  mb = alloc_mb_mgr(0);
  if (mb) init_mb_mgr_auto(mb, NULL), cryptos = 2;
  else die("no ipsec-mb manager");
#endif
  find_ksoftirqd();
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  receivers = aligned_alloc(64, (max_n * sizeof *receivers + 63) & ~63ul);
  memset(receivers, 0, max_n * sizeof *receivers);
  key_set_up(&in_key, 1);
  for (int i = 0; i < max_n; i++) {
    key_set_up(&receivers[i].key, 100 + i);
    receivers[i].ssrc = 0x10000 + i;
    receivers[i].ts_offset = i * 77;
    receivers[i].index_offset = i * 13;
    sink_fd[DROP][i] = bound(1);
    sink_fd[DRAIN][i] = bound(0);
  }
  media = bound(0);
  int size = 8 << 20;
  setsockopt(media, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(media, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  socklen_t l = sizeof media_address;
  getsockname(media, (void *) &media_address, &l);
  in_index = 65530;
  self_test(cryptos);
  if (pipe(publisher_order) || pipe(publisher_done) || pipe(drainer_order) || pipe(drainer_done)) die("pipe");
  int other = do_pin && cpus > 1 ? 0 : -1;
  pid_t publisher = helper(run_publisher, other), drainer = helper(run_drainer, do_pin && cpus > 2 ? 1 : other);
  if (do_pin) pin(cpus - 1);

  static struct row rows[512];
  int count = 0;
  for (int c = 0; c < cryptos; c++) rows[count++] = (struct row) { .n = 0, .crypto = c, .sink = DRAIN };
  for (int k = 0; k < SINKS; k++)
    for (int i = 0; i < n_count && (sinks >> k & 1); i++)
      for (int c = 0; c < cryptos; c++)
        for (int s = 0; s < SENDS; s++) rows[count++] = (struct row) { .n = ns[i], .crypto = c, .send = s, .sink = k };
  int flat = count;
  for (int k = DRAIN; k < SINKS; k++)
    for (int i = 0; i < n_count && fps > 0 && (sinks >> k & 1); i++)
      for (int c = 0; c < cryptos; c++)
        for (int s = 0; s < SENDS; s++) rows[count++] = (struct row) { .n = ns[i], .crypto = c, .send = s, .sink = k, .paced = 1 };
  for (int i = 0; i < count; i++) rows[i].window = malloc(MAX_WINDOWS * sizeof(double));
  for (int warm = 0; warm < flat; warm++) {
    struct row w = rows[warm];
    w.windows = MAX_WINDOWS;
    slice(&w, 0.01, 0);
  }
  int rounds = 6; // in turns, so that a busy neighbour hits all rows alike
  for (int round = 0; round < rounds; round++)
    for (int i = 0; i < flat; i++) slice(&rows[i], seconds / rounds, 0);
  for (int round = 0; round < 3; round++)
    for (int i = flat; i < count; i++) slice(&rows[i], seconds < 1.2 ? 1.2 : seconds, fps);

  struct utsname u;
  uname(&u);
  char *out = NULL;
  size_t length = 0;
  FILE *j = open_memstream(&out, &length);
  fprintf(j, "{\"tool\":\"limit\",\"kernel\":\"%s\",\"cpus\":%d,\"openssl\":\"%s\",\"packet\":%d,\"frame\":%d,\"unit\":\"CPU ns per forwarded packet\"",
          u.release, cpus, OpenSSL_version(OPENSSL_VERSION_STRING), PACKET, FRAME);
  printf("CPU ns per forwarded packet: %d-byte SRTP AES-GCM-128, frames of %d, 1 -> N on loopback, user + system of the SFU process only\n",
         PACKET, FRAME);
  printf("%-11s %5s %-4s %-6s | %7s %7s %7s | %4s %9s %10s %9s %5s\n", "sink", "N", "aes", "send", "mean", "median", "min", "sys%", "ksoftirqd",
         "packets", "delivered", "run");
  const char *sink = "";
  int n = -1, crypto = -1, depth = 0;
  for (int i = 0; i < count; i++) {
    struct row *r = &rows[i];
    const char *name = sink_of(r);
    qsort(r->window, r->windows, sizeof(double), compare);
    double mean = r->us * 1000 / r->sent, median = r->window[r->windows / 2], min = r->window[0], sys = 100 * r->sys_us / r->us,
           soft = r->ksoftirqd_ns / r->sent, run = (double) r->ingress / r->runs;
    char delivered[32] = "-";
    if (r->n && r->sink != DROP) snprintf(delivered, sizeof delivered, "%.3f%%", 100.0 * r->delivered / r->sent);
    printf("%-11s %5d %-4s %-6s | %7.0f %7.0f %7.0f | %4.0f %9.1f %10lu %9s %5.2f\n", name, r->n, crypto_name[r->crypto],
           r->n ? send_name[r->send] : "-", mean, median, min, sys, soft, r->sent, delivered, run);
    if (strcmp(sink, name)) { // close what differs, open it anew: sink { nN { crypto { send { } } } }
      while (depth) fputc('}', j), depth--;
      fprintf(j, ",\"%s\":{", name);
      depth = 1, n = crypto = -1;
    } else {
      int keep = r->n != n ? 1 : r->crypto != crypto ? 2 : 3;
      while (depth > keep) fputc('}', j), depth--;
      fputc(',', j);
      if (keep < 3) crypto = -1;
      if (keep < 2) n = -1;
    }
    if (r->n != n) fprintf(j, "\"n%d\":{", r->n), depth++;
    if (r->crypto != crypto) fprintf(j, "\"%s\":{", crypto_name[r->crypto]), depth++;
    sink = name, n = r->n, crypto = r->crypto;
    fprintf(j, "\"%s\":{\"ns\":%.0f,\"median\":%.0f,\"min\":%.0f,\"sys_pct\":%.0f,\"ksoftirqd_ns\":%.1f,\"sent\":%lu,\"delivered\":%lu,\"run\":%.2f}",
            r->n ? send_name[r->send] : "receive", mean, median, min, sys, soft, r->sent, r->delivered, run);
  }
  while (depth--) fputc('}', j);
  fprintf(j, ",\"best\":{"); // the cheapest variant of each sink and N
  sink = "";
  for (int i = 0, k; i < count; i = k) {
    double best = 1e18;
    for (k = i; k < count && rows[k].n == rows[i].n && !strcmp(sink_of(&rows[k]), sink_of(&rows[i])); k++)
      if (rows[k].us * 1000 / rows[k].sent < best) best = rows[k].us * 1000 / rows[k].sent;
    if (strcmp(sink, sink_of(&rows[i]))) fprintf(j, "%s\"%s\":{", *sink ? "}," : "", sink_of(&rows[i]));
    else fputc(',', j);
    fprintf(j, "\"n%d\":%.0f", rows[i].n, best);
    sink = sink_of(&rows[i]);
  }
  fprintf(j, "}}}\n");
  fclose(j);
  FILE *f = json ? fopen(json, "a") : stdout;
  if (!f || fputs(out, f) < 0) die("%s", json ? json : "stdout");
  if (json) fclose(f);
  kill(publisher, SIGKILL);
  kill(drainer, SIGKILL);
  while (wait(NULL) > 0) { }
  return 0;
}
