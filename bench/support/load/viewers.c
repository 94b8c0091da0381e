/*
 * viewers: many MJPEG viewers at once, cheap enough to leave the machine to the server under test.
 *
 *   viewers PORT PATH COUNT WARM_SECONDS SECONDS SERVER_PID
 *
 * COUNT viewers connect over loopback, one after the other. All but a few discard what they receive inside the kernel
 * (MSG_TRUNC), so that the client side costs little. Up to SAMPLED of them read every byte, look at each part, and take
 * the age of its picture at its last byte: from the comment "TS:<seconds since the epoch>" in the picture, or where
 * there is none from the part's X-Timestamp. The sampled ones are spread evenly from the first that joined to the
 * last: a server that serves in the order of joining is quick for the first ones and slow for the last.
 *
 * One line of JSON on standard output, all of it over the counted time, which starts after the warm-up: bytes, of the
 * least and of the most served viewer too, bytes a part, connections lost, parts that are no whole picture, ages in ms,
 * and of the server with its child processes the CPU seconds and the peak of resident memory.
 * With a COUNT of 0 it only reads the server's CPU.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLED = 20, READ_BYTES = 1 << 23, MAX_AGES = 1000000, WAIT_MS = 20 };

struct viewer {
  int fd;
  long long bytes;
  char *read; /* sampled only: what has come since the last whole part */
  size_t length;
};

static int counting, broken;
static long parts;
static long long part_bytes;
static float ages[MAX_AGES];
static int age_count;

static double clock_s(clockid_t which) {
  struct timespec t = {0, 0};
  clock_gettime(which, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Calls back for a process and all its living descendants. */
static double sum_over(int pid, double (*value)(int)) {
  double total = value(pid);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  FILE *file = fopen(path, "r");
  int child;
  while (file && fscanf(file, "%d", &child) == 1) total += sum_over(child, value);
  if (file) fclose(file);
  return total;
}

/* The clock counts nanoseconds where /proc/PID/stat counts hundredths of a second: of 1 viewer, that is all there is. */
static double cpu_s(int pid) {
  clockid_t clock;
  return clock_getcpuclockid(pid, &clock) == 0 ? clock_s(clock) : 0;
}

static double peak_mib(int pid) {
  char path[64], line[256];
  long kib = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file)) sscanf(line, "VmHWM: %ld", &kib);
  if (file) fclose(file);
  return (double)kib / 1024;
}

static int by_value(const void *a, const void *b) { return *(const float *)a < *(const float *)b ? -1 : *(const float *)a > *(const float *)b; }
static double percentile(double p) { return age_count ? ages[(int)((age_count - 1) * p)] : -1; }

static int connect_viewer(int port, const char *request) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || write(fd, request, strlen(request)) != (ssize_t)strlen(request)) {
    perror("viewers: connect");
    exit(1);
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static void look_at_part(const char *head, const char *body, size_t bytes) {
  const unsigned char *jpeg = (const unsigned char *)body;
  if (bytes < 4 || jpeg[0] != 0xff || jpeg[1] != 0xd8 || jpeg[bytes - 2] != 0xff || jpeg[bytes - 1] != 0xd9) broken++;
  const char *stamp = memmem(body, bytes < 256 ? bytes : 256, "TS:", 3);
  if (stamp) stamp += 3;
  else if ((stamp = memmem(head, (size_t)(body - head), "X-Timestamp:", 12))) stamp += 12;
  parts++;
  if (stamp && age_count < MAX_AGES) ages[age_count++] = (float)((clock_s(CLOCK_REALTIME) - atof(stamp)) * 1000);
}

/* Takes whole parts (by their Content-Length) off the front of what a sampled viewer has read. */
static void take_parts(struct viewer *v) {
  size_t at = 0;
  for (;;) {
    char *from = v->read + at, *length = memmem(from, v->length - at, "Content-Length:", 15);
    if (!length) break;
    char *body = memmem(length, (size_t)(v->read + v->length - length), "\r\n\r\n", 4);
    if (!body) break;
    body += 4;
    size_t bytes = strtoul(length + 15, NULL, 10);
    if ((size_t)(v->read + v->length - body) < bytes) break;
    if (counting) look_at_part(from, body, bytes);
    if (counting) part_bytes += body + bytes - from;
    at = (size_t)(body + bytes - v->read);
  }
  memmove(v->read, v->read + at, v->length - at);
  v->length -= at;
}

/* False when the connection is over. */
static int receive(struct viewer *v) {
  for (;;) {
    ssize_t n = v->read ? recv(v->fd, v->read + v->length, READ_BYTES - v->length, 0) : recv(v->fd, NULL, 1 << 22, MSG_TRUNC);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return 0;
    v->bytes += n;
    if (v->read) {
      v->length += (size_t)n;
      take_parts(v);
    } else if (n < 65536) return 1; /* most likely all there was: saves asking again */
  }
}

int main(int argc, char **argv) {
  if (argc != 7) return fprintf(stderr, "viewers PORT PATH COUNT WARM_SECONDS SECONDS SERVER_PID\n"), 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* it must not outlive the program that started it */
  int port = atoi(argv[1]), count = atoi(argv[3]), pid = atoi(argv[6]), poll = epoll_create1(0), lost = 0;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  char request[2048];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: viewers\r\n\r\n", argv[2], port);
  struct viewer *viewers = calloc((size_t)count + 1, sizeof *viewers);
  int sampled = count < SAMPLED ? count : SAMPLED;
  for (int s = 0; s < sampled; s++) viewers[sampled > 1 ? (long)s * (count - 1) / (sampled - 1) : 0].read = malloc(READ_BYTES);
  for (int i = 0; i < count; i++) {
    viewers[i].fd = connect_viewer(port, request);
    epoll_ctl(poll, EPOLL_CTL_ADD, viewers[i].fd, &(struct epoll_event){.events = EPOLLIN, .data.u32 = (uint32_t)i});
  }

  double now = clock_s(CLOCK_MONOTONIC), start = now + atof(argv[4]), end = start + atof(argv[5]), cpu_before = 0;
  struct epoll_event events[512];
  for (; now < end; now = clock_s(CLOCK_MONOTONIC)) {
    if (!counting && now >= start) {
      counting = 1;
      start = now;
      for (int i = 0; i < count; i++) viewers[i].bytes = 0;
      cpu_before = sum_over(pid, cpu_s);
    }
    int ready = epoll_wait(poll, events, 512, WAIT_MS);
    for (int e = 0; e < ready; e++) {
      struct viewer *v = &viewers[events[e].data.u32];
      if (receive(v)) continue;
      epoll_ctl(poll, EPOLL_CTL_DEL, v->fd, NULL);
      lost++;
    }
  }
  double cpu = sum_over(pid, cpu_s) - cpu_before;

  long long total = 0, least = count ? 1LL << 62 : 0, most = 0;
  for (int i = 0; i < count; i++) {
    total += viewers[i].bytes;
    if (viewers[i].bytes < least) least = viewers[i].bytes;
    if (viewers[i].bytes > most) most = viewers[i].bytes;
  }
  qsort(ages, (size_t)age_count, sizeof *ages, by_value);
  printf("{\"seconds\":%.3f,\"bytes\":%lld,\"leastBytes\":%lld,\"mostBytes\":%lld,\"partBytes\":%.0f,\"lost\":%d,\"broken\":%d,"
         "\"ageP50Ms\":%.3f,\"ageP99Ms\":%.3f,\"cpuSeconds\":%.6f,\"peakMib\":%.1f}\n",
         now - start, total, least, most, parts ? (double)part_bytes / (double)parts : 0, lost, broken,
         percentile(.5), percentile(.99), cpu, sum_over(pid, peak_mib));
  return 0;
}
