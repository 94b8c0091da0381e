/*
 * floor: the least work that delivers pictures to many sockets, as a floor to measure servers against.
 *
 *   floor FPS PICTURE.jpg...
 *
 * Listens on a free port of 127.0.0.1 and prints its number. One thread, one buffer: each tick the next picture is
 * stamped ("TS:<seconds since the epoch>" as a JPEG comment) and given to every socket that has taken the last one
 * whole, with one send() each, in the order they came. No HTTP parsing, no options: any request gets the stream.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CLIENTS = 20000, MAX_PICTURES = 1000, LISTENER = MAX_CLIENTS, TIMER = MAX_CLIENTS + 1 };
enum { MAX_HEAD_BYTES = 128, STAMP_BYTES = 40 };

struct client {
  int fd;
  char *part; /* the part in flight where the socket could not take it whole */
  size_t sent, length;
};
static struct client clients[MAX_CLIENTS];
static int client_count;

static struct {
  char *bytes;
  size_t length;
} pictures[MAX_PICTURES];
static int picture_count;

static char *part;
static size_t part_length;

static void fail(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void read_picture(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || picture_count == MAX_PICTURES) fail(path);
  fseek(file, 0, SEEK_END);
  size_t length = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(length);
  if (fread(bytes, 1, length, file) != length) fail(path);
  fclose(file);
  pictures[picture_count].bytes = bytes;
  pictures[picture_count++].length = length;
}

/* Header block, picture with its stamp right behind the start marker, delimiter. */
static void build_part(unsigned number) {
  const char *jpeg = pictures[number % (unsigned)picture_count].bytes;
  size_t length = pictures[number % (unsigned)picture_count].length;
  int head = sprintf(part, "Content-Type: image/jpeg\r\nContent-Length: %zu\r\n\r\n", length + STAMP_BYTES);
  char *at = part + head, *stamp = at + 2;
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  memcpy(at, jpeg, 2);
  memset(stamp, 0, STAMP_BYTES);
  memcpy(stamp, "\xff\xfe\0\x26", 4);
  snprintf(stamp + 4, STAMP_BYTES - 4, "TS:%lld.%06ld", (long long)t.tv_sec, t.tv_nsec / 1000);
  memcpy(stamp + STAMP_BYTES, jpeg + 2, length - 2);
  part_length = (size_t)head + STAMP_BYTES + length;
  part_length += (size_t)sprintf(part + part_length, "\r\n--b\r\n");
}

static void drop(struct client *c) {
  close(c->fd);
  c->fd = -1;
  free(c->part);
  c->part = NULL;
}

static void accept_all(int listener, int poll) {
  static const char answer[] =
      "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\nConnection: close\r\n\r\n--b\r\n";
  int fd, one = 1;
  while (client_count < MAX_CLIENTS && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    char request[4096];
    (void)!read(fd, request, sizeof request);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
    clients[client_count].fd = fd;
    struct epoll_event event = {.events = EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u32 = (uint32_t)client_count++};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
  }
}

static void offer(struct client *c) {
  if (c->fd < 0 || c->part) return;
  ssize_t n = send(c->fd, part, part_length, MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN) drop(c);
  else if (n > 0 && (size_t)n < part_length) {
    c->part = malloc(part_length);
    memcpy(c->part, part, part_length);
    c->length = part_length;
    c->sent = (size_t)n;
  }
}

static void resume(struct client *c, uint32_t events) {
  if (c->fd < 0) return;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) drop(c);
  else if (c->part) {
    ssize_t n = send(c->fd, c->part + c->sent, c->length - c->sent, MSG_NOSIGNAL);
    if (n > 0 && (c->sent += (size_t)n) == c->length) {
      free(c->part);
      c->part = NULL;
    }
  }
}

static int listen_somewhere(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 4096) < 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "floor FPS PICTURE.jpg...\n"), 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* it must not outlive the program that started it */
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  size_t longest = 0;
  for (int i = 2; i < argc; i++) read_picture(argv[i]);
  for (int i = 0; i < picture_count; i++)
    if (pictures[i].length > longest) longest = pictures[i].length;
  part = malloc(longest + STAMP_BYTES + MAX_HEAD_BYTES);

  int listener = listen_somewhere(), poll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  long ns = (long)(1e9 / atof(argv[1]));
  struct timespec period = {ns / 1000000000, ns % 1000000000};
  timerfd_settime(timer, 0, &(struct itimerspec){period, period}, NULL);
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.u32 = LISTENER});
  epoll_ctl(poll, EPOLL_CTL_ADD, timer, &(struct epoll_event){.events = EPOLLIN, .data.u32 = TIMER});

  struct epoll_event events[512];
  for (unsigned number = 0;;) {
    int ready = epoll_wait(poll, events, 512, -1);
    for (int e = 0; e < ready; e++) {
      uint32_t which = events[e].data.u32;
      if (which == LISTENER) accept_all(listener, poll);
      else if (which == TIMER) {
        uint64_t ticks;
        (void)!read(timer, &ticks, sizeof ticks);
        build_part(number++);
        for (int i = 0; i < client_count; i++) offer(&clients[i]);
      } else resume(&clients[which], events[e].events);
    }
  }
}
