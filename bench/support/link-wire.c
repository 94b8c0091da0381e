/*
 * link-wire FROM TO DELAY_MS LOSS_PERCENT: a wire between two network devices that it makes where it is started.
 *
 * What goes into FROM comes out of TO later, or not at all; the way back is instant and loses nothing. The losses are
 * the same in each run. It does what tc's netem does, which not every kernel has. Ends when its input ends, and so with
 * whoever started it; the devices go with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { HELD = 16384, PACKET_BYTES = 2048 };

static struct {
  int64_t due_ns;
  size_t length;
  char bytes[PACKET_BYTES];
} held[HELD];
static unsigned head, tail;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int make_device(const char *name) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0) {
    perror("/dev/net/tun");
    exit(1);
  }
  return fd;
}

static int is_lost(double loss_percent) {
  static uint64_t random = 0x2545f4914f6cdd1d;
  random ^= random << 13, random ^= random >> 7, random ^= random << 17;
  return (double)(random >> 11) / (1ULL << 53) * 100 < loss_percent;
}

/* A device that is not up yet refuses packets, such as those in which IPv6 looks around: they are lost. */
static void pass_on(int fd, const char *packet, size_t length) {
  if (write(fd, packet, length) < 0 && errno != EIO) perror("wire");
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int from = make_device(argv[1]), to = make_device(argv[2]);
  int64_t delay_ns = (int64_t)(atof(argv[3]) * 1e6);
  double loss_percent = atof(argv[4]);
  puts("ready");
  fflush(stdout);

  struct pollfd all[] = {{.fd = from, .events = POLLIN}, {.fd = to, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  char packet[PACKET_BYTES];
  for (;;) {
    int64_t wait_ns = head == tail ? 1000000000 : held[head % HELD].due_ns - now_ns();
    struct timespec wait = {0, wait_ns < 0 ? 0 : wait_ns > 999999999 ? 999999999 : wait_ns};
    ppoll(all, 3, &wait, NULL);
    if (all[2].revents) return 0;
    ssize_t length;
    while ((length = read(from, packet, sizeof packet)) > 0) {
      if (is_lost(loss_percent) || tail - head == HELD) continue;
      held[tail % HELD].due_ns = now_ns() + delay_ns;
      held[tail % HELD].length = (size_t)length;
      memcpy(held[tail++ % HELD].bytes, packet, (size_t)length);
    }
    for (; head != tail && held[head % HELD].due_ns <= now_ns(); head++)
      pass_on(to, held[head % HELD].bytes, held[head % HELD].length);
    while ((length = read(to, packet, sizeof packet)) > 0) pass_on(from, packet, (size_t)length);
  }
}
