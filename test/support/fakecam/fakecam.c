/*
 * fakecam: USB cameras that exist only inside one process.
 *
 * Preloaded into a program (LD_PRELOAD=fakecam.so), it answers the V4L2 calls that the program makes on some device
 * paths, so that capture code can be run, measured and broken on a machine without a camera or a V4L2 kernel.
 * It speaks to anything that reaches V4L2 through libc: ffmpeg, ustreamer, mjpg_streamer, or a
 * foreign-function call to open/ioctl/mmap/poll.
 *
 *   FAKECAM_DIR           folder of *.jpg, delivered in name order, in a loop (required);
 *                         pictures of one size may lie in a folder WxH inside it
 *   FAKECAM_DEVICE        device paths answered, separated by commas, default /dev/video0
 *   FAKECAM_META          a path that is a metadata node, as real cameras have beside each picture node
 *   FAKECAM_MODES         sizes and rates offered, default 1280x720@30; several: 1280x720@30,15;640x480@30
 *   FAKECAM_STEPWISE      instead of modes a range: 160x120-1920x1080/16x8@5-60
 *   FAKECAM_SILENT        1: sizes and rates cannot be asked for, as with old drivers
 *   FAKECAM_FORMATS       pixel formats offered, default MJPG; several: YUYV,MJPG
 *   FAKECAM_FIXED         1: stays with the first mode whatever is asked for
 *   FAKECAM_STAMP         1: write the capture time into each picture as a JPEG comment "TS:<seconds since the epoch>"
 *   FAKECAM_STALL_AFTER   deliver this many pictures, then none, with no error (a hung camera)
 *   FAKECAM_UNPLUG_AFTER  deliver this many pictures, then fail with ENODEV (a pulled cable), once
 *   FAKECAM_REPLUG_MS     after that, opening fails with ENOENT for this long, then works again; default: for ever
 *   FAKECAM_BAD_EVERY     every Nth picture is cut in half (a bad cable)
 *   FAKECAM_FAIL          calls that fail with an errno: open=13,S_FMT=16 (also QUERYCAP, REQBUFS, STREAMON)
 *   FAKECAM_SLOW_MS       STREAMON takes this long
 *   FAKECAM_FAULTS        folder looked into at every picture; while one of these files is there, so is the fault:
 *                         unplugged, stalled, cut (every picture is cut in half); unplugged-video2 means that device alone
 *
 * The device fd is a pipe with one byte for each picture that waits; pulling the cable closes its other end.
 * select, poll and epoll work on it unaided. As with a real driver, pictures are taken into the queued buffers at the
 * frame rate, and lost, with a gap in the sequence numbers, while none is queued.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PICTURES = 2000, MAX_SETS = 8, MAX_CAMERAS = 8, MAX_HANDLES = 64, MAX_BUFFERS = 16, MAX_MODES = 16 };
enum { MAX_RATES = 8, MAX_FORMATS = 4, RING = 32, STAMP_BYTES = 40 };

struct picture_set {
  int width, height; /* 0: the folder's own pictures, of any size */
  struct {
    uint8_t *bytes;
    size_t length;
  } pictures[MAX_PICTURES];
  int count;
  size_t buffer_bytes;
};
static struct picture_set *sets[MAX_SETS];
static int set_count;

struct mode {
  int width, height, rates;
  double fps[MAX_RATES];
};
static struct mode modes[MAX_MODES];
static int mode_count;
static struct {
  int on, min_width, min_height, max_width, max_height, step_width, step_height;
  double min_fps, max_fps;
} range;

static uint32_t formats[MAX_FORMATS];
static int format_count;

struct camera {
  char path[256];
  int number, is_meta;
  int width, height;
  double fps;
  uint32_t format;
  struct handle *owner; /* whoever has the buffers; the others may look, not capture */
  int64_t unplugged_at_ms;
  long unplug_after;
};
static struct camera cameras[MAX_CAMERAS];
static int camera_count;

struct filled {
  unsigned index, sequence;
  size_t used;
  struct timespec at;
};

/* One open() of a camera. */
struct handle {
  int fd, write_fd, dead, streaming;
  struct camera *camera;
  struct picture_set *set;
  void *buffers[MAX_BUFFERS];
  unsigned buffer_count, sequence;
  unsigned queue[RING], queue_head, queue_tail;
  struct filled done[RING];
  unsigned done_head, done_tail;
  pthread_t producer;
  pthread_cond_t stopped;
};
static struct handle handles[MAX_HANDLES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int stamp, fixed, silent;
static long stall_after, unplug_after, replug_ms, bad_every, slow_ms;
static const char *folder, *faults, *failures;

static int (*real_open)(const char *, int, ...);
static int (*real_ioctl)(int, unsigned long, ...);
static int (*real_close)(int);
static void *(*real_mmap)(void *, size_t, int, int, int, off_t);
static int (*real_access)(const char *, int);
static int (*real_stat)(const char *, struct stat *);
static char *(*real_realpath)(const char *, char *);

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int fail(int code) {
  errno = code;
  return -1;
}

/* ---- what the environment asks for ---- */

static long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

static const char *text(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value && *value ? value : otherwise;
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int is_jpeg(const struct dirent *entry) {
  size_t n = strlen(entry->d_name);
  return n > 4 && strcmp(entry->d_name + n - 4, ".jpg") == 0;
}

static struct picture_set *load_pictures(const char *from, int width, int height) {
  struct dirent **names;
  int n = scandir(from, &names, is_jpeg, by_name);
  if (n <= 0 || set_count == MAX_SETS) return NULL;
  struct picture_set *set = calloc(1, sizeof *set);
  set->width = width, set->height = height;
  for (int i = 0; i < n && set->count < MAX_PICTURES; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", from, names[i]->d_name);
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (!file || fstat(fileno(file), &info) != 0) continue;
    uint8_t *bytes = malloc(info.st_size);
    if (fread(bytes, 1, info.st_size, file) == (size_t)info.st_size) {
      set->pictures[set->count].bytes = bytes;
      set->pictures[set->count++].length = info.st_size;
      if ((size_t)info.st_size > set->buffer_bytes) set->buffer_bytes = info.st_size;
    }
    fclose(file);
  }
  set->buffer_bytes = (set->buffer_bytes + STAMP_BYTES + 65536) & ~4095UL;
  return sets[set_count++] = set;
}

/* The pictures of one size, or else whatever the folder has. */
static struct picture_set *pictures_of(int width, int height) {
  struct picture_set *any = NULL;
  for (int i = 0; i < set_count; i++) {
    if (sets[i]->width == width && sets[i]->height == height) return sets[i];
    if (sets[i]->width == 0) any = sets[i];
  }
  char path[4096];
  snprintf(path, sizeof path, "%s/%dx%d", folder, width, height);
  struct picture_set *found = load_pictures(path, width, height);
  return found ? found : any ? any : set_count ? sets[0] : NULL;
}

static void read_modes(const char *from) {
  int used;
  while (mode_count < MAX_MODES) {
    struct mode *m = &modes[mode_count];
    if (sscanf(from, "%dx%d%n", &m->width, &m->height, &used) != 2) break;
    mode_count++;
    from += used;
    for (char mark = '@'; *from == mark && m->rates < MAX_RATES; mark = ',') {
      m->fps[m->rates++] = strtod(from + 1, (char **)&from);
    }
    if (*from == ';') from++;
  }
}

static void read_cameras(const char *paths, int is_meta) {
  char copy[4096];
  snprintf(copy, sizeof copy, "%s", paths);
  for (char *rest = copy, *path; (path = strsep(&rest, ",")) && camera_count < MAX_CAMERAS;) {
    struct camera *c = &cameras[camera_count++];
    snprintf(c->path, sizeof c->path, "%s", path);
    c->number = camera_count, c->is_meta = is_meta, c->unplugged_at_ms = -1, c->unplug_after = unplug_after;
    c->width = modes[0].width, c->height = modes[0].height, c->fps = modes[0].fps[0], c->format = formats[0];
  }
}

static void initialise_once(void) {
  real_open = dlsym(RTLD_NEXT, "open");
  real_ioctl = dlsym(RTLD_NEXT, "ioctl");
  real_close = dlsym(RTLD_NEXT, "close");
  real_mmap = dlsym(RTLD_NEXT, "mmap");
  real_access = dlsym(RTLD_NEXT, "access");
  real_stat = dlsym(RTLD_NEXT, "stat");
  real_realpath = dlsym(RTLD_NEXT, "realpath");
  stamp = (int)number("FAKECAM_STAMP", 0);
  fixed = (int)number("FAKECAM_FIXED", 0);
  silent = (int)number("FAKECAM_SILENT", 0);
  stall_after = number("FAKECAM_STALL_AFTER", -1);
  unplug_after = number("FAKECAM_UNPLUG_AFTER", -1);
  replug_ms = number("FAKECAM_REPLUG_MS", -1);
  bad_every = number("FAKECAM_BAD_EVERY", 0);
  slow_ms = number("FAKECAM_SLOW_MS", 0);
  faults = getenv("FAKECAM_FAULTS");
  failures = text("FAKECAM_FAIL", "");
  folder = getenv("FAKECAM_DIR");
  if (sscanf(text("FAKECAM_STEPWISE", ""), "%dx%d-%dx%d/%dx%d@%lf-%lf", &range.min_width, &range.min_height,
             &range.max_width, &range.max_height, &range.step_width, &range.step_height, &range.min_fps,
             &range.max_fps) == 8)
    range.on = 1;
  read_modes(text("FAKECAM_MODES", "1280x720@30"));
  for (const char *f = text("FAKECAM_FORMATS", "MJPG"); strlen(f) >= 4 && format_count < MAX_FORMATS; f += 4 + (f[4] == ','))
    formats[format_count++] = v4l2_fourcc(f[0], f[1], f[2], f[3]);
  if (!folder) return;
  load_pictures(folder, 0, 0);
  if (!pictures_of(modes[0].width, modes[0].height)) return;
  read_cameras(text("FAKECAM_DEVICE", "/dev/video0"), 0);
  if (getenv("FAKECAM_META")) read_cameras(getenv("FAKECAM_META"), 1);
}

static void initialise(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, initialise_once);
}

/* ---- faults ---- */

/* The errno that FAKECAM_FAIL names for a call, or 0. */
static int failure(const char *call) {
  const char *at = strstr(failures, call);
  return at && at[strlen(call)] == '=' ? atoi(at + strlen(call) + 1) : 0;
}

static int has_fault(const struct camera *c, const char *name) {
  if (!faults) return 0;
  char path[4096];
  const char *base = strrchr(c->path, '/');
  snprintf(path, sizeof path, "%s/%s", faults, name);
  if (real_access(path, F_OK) == 0) return 1;
  snprintf(path, sizeof path, "%s/%s-%s", faults, name, base ? base + 1 : c->path);
  return real_access(path, F_OK) == 0;
}

static int is_absent(const struct camera *c) {
  if (has_fault(c, "unplugged")) return 1;
  return c->unplugged_at_ms >= 0 && (replug_ms < 0 || now_ms() - c->unplugged_at_ms < replug_ms);
}

/* ---- taking pictures ---- */

static int is_raw(const struct camera *c) { return c->format != V4L2_PIX_FMT_MJPEG && c->format != V4L2_PIX_FMT_JPEG; }

/* Of a raw format, just what a picture takes, at 2 bytes a pixel: programs refuse one of another length. */
static size_t buffer_bytes(const struct camera *c) {
  return is_raw(c) ? (size_t)c->width * c->height * 2 : pictures_of(c->width, c->height)->buffer_bytes;
}

/* A grey YUYV picture, brighter with each one. */
static size_t take_raw(struct handle *h, uint8_t *to) {
  size_t length = buffer_bytes(h->camera);
  for (size_t i = 0; i < length; i += 2) to[i] = (uint8_t)(32 + h->sequence * 8 % 192), to[i + 1] = 128;
  return length;
}

/* The picture, with the capture time as a JPEG comment right after SOI where FAKECAM_STAMP asks for it. */
static size_t take(struct handle *h, uint8_t *to) {
  if (is_raw(h->camera)) return take_raw(h, to);
  struct picture_set *set = h->set;
  unsigned at = h->sequence;
  const uint8_t *from = set->pictures[at % set->count].bytes;
  size_t length = set->pictures[at % set->count].length, extra = 0;
  if (stamp) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint8_t comment[STAMP_BYTES] = {0xff, 0xfe, 0, STAMP_BYTES - 2};
    snprintf((char *)comment + 4, STAMP_BYTES - 4, "TS:%lld.%06ld", (long long)t.tv_sec, t.tv_nsec / 1000);
    memcpy(to + 2, comment, STAMP_BYTES);
    extra = STAMP_BYTES;
  }
  memcpy(to, from, 2);
  memcpy(to + 2 + extra, from + 2, length - 2);
  length += extra;
  int is_bad = (bad_every > 0 && at % bad_every == bad_every - 1) || has_fault(h->camera, "cut");
  return is_bad ? length / 2 : length;
}

/* One period of the camera: returns 0 once it has been unplugged. Called with the lock held. */
static int expose(struct handle *h) {
  struct camera *c = h->camera;
  if (has_fault(c, "unplugged") || (c->unplug_after >= 0 && (long)h->sequence >= c->unplug_after)) {
    c->unplug_after = -1;
    c->unplugged_at_ms = has_fault(c, "unplugged") ? -1 : now_ms();
    h->dead = 1;
    real_close(h->write_fd);
    h->write_fd = -1;
    return 0;
  }
  if ((stall_after >= 0 && (long)h->sequence >= stall_after) || has_fault(c, "stalled")) return 1;
  if (h->queue_head != h->queue_tail) {
    struct filled *f = &h->done[h->done_tail++ % RING];
    clock_gettime(CLOCK_MONOTONIC, &f->at);
    f->index = h->queue[h->queue_head++ % RING];
    f->sequence = h->sequence;
    f->used = take(h, h->buffers[f->index]);
    if (write(h->write_fd, "", 1) != 1) abort();
  }
  h->sequence++;
  return 1;
}

static void *produce(void *of) {
  struct handle *h = of;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  long long period = (long long)(1e9 / h->camera->fps);
  pthread_mutex_lock(&lock);
  for (;;) {
    long long ns = next.tv_nsec + period;
    next.tv_sec += ns / 1000000000;
    next.tv_nsec = ns % 1000000000;
    while (h->streaming && pthread_cond_timedwait(&h->stopped, &lock, &next) == 0) continue;
    if (!h->streaming || !expose(h)) break;
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}

static void stream_on(struct handle *h) {
  usleep((useconds_t)slow_ms * 1000);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&h->stopped, &attributes);
  h->streaming = 1;
  if (pthread_create(&h->producer, NULL, produce, h) != 0) abort();
  pthread_setname_np(h->producer, "fakecam");
}

static void stream_off(struct handle *h) {
  if (!h->streaming) return;
  pthread_mutex_lock(&lock);
  h->streaming = 0;
  pthread_cond_broadcast(&h->stopped);
  pthread_mutex_unlock(&lock);
  pthread_join(h->producer, NULL);
  char bytes[RING];
  while (h->done_head != h->done_tail && read(h->fd, bytes, 1) == 1) h->done_head++;
  h->queue_head = h->queue_tail = h->done_head = h->done_tail = 0;
}

/* ---- open and close ---- */

static struct camera *camera_at(const char *path) {
  for (int i = 0; path && i < camera_count; i++)
    if (strcmp(cameras[i].path, path) == 0) return &cameras[i];
  return NULL;
}

static struct handle *handle_of(int fd) {
  if (fd <= 0) return NULL;
  for (int i = 0; i < MAX_HANDLES; i++)
    if (handles[i].camera && handles[i].fd == fd) return &handles[i];
  return NULL;
}

static int open_camera(struct camera *c, int flags) {
  if (failure("open")) return fail(failure("open"));
  if (is_absent(c)) return fail(ENOENT);
  c->unplugged_at_ms = -1;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  if (flags & O_NONBLOCK) fcntl(ends[0], F_SETFL, O_NONBLOCK);
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MAX_HANDLES; i++) {
    if (handles[i].camera) continue;
    handles[i] = (struct handle){.fd = ends[0], .write_fd = ends[1], .camera = c};
    pthread_mutex_unlock(&lock);
    return ends[0];
  }
  pthread_mutex_unlock(&lock);
  real_close(ends[0]);
  real_close(ends[1]);
  return fail(EMFILE);
}

static int close_camera(struct handle *h) {
  stream_off(h);
  if (h->camera->owner == h) h->camera->owner = NULL;
  if (h->write_fd >= 0) real_close(h->write_fd);
  int fd = h->fd;
  h->camera = NULL;
  return real_close(fd);
}

/* ---- format and rate ---- */

static double distance(double a, double b) { return a > b ? a - b : b - a; }

static struct mode *mode_of(int width, int height) {
  for (int i = 0; i < mode_count; i++)
    if (modes[i].width == width && modes[i].height == height) return &modes[i];
  return NULL;
}

static int stepped(int value, int min, int max, int step) {
  if (value < min) return min;
  if (value > max) return max;
  return min + (value - min) / step * step;
}

static void choose_size(struct camera *c, int width, int height) {
  if (fixed) return;
  if (range.on) {
    c->width = stepped(width, range.min_width, range.max_width, range.step_width);
    c->height = stepped(height, range.min_height, range.max_height, range.step_height);
    return;
  }
  struct mode *best = &modes[0];
  for (int i = 1; i < mode_count; i++)
    if (distance(modes[i].width * modes[i].height, width * height) < distance(best->width * best->height, width * height))
      best = &modes[i];
  c->width = best->width, c->height = best->height;
  c->fps = best->fps[0];
}

static void choose_rate(struct camera *c, double fps) {
  if (fixed) return;
  if (range.on) {
    c->fps = fps < range.min_fps ? range.min_fps : fps > range.max_fps ? range.max_fps : fps;
    return;
  }
  struct mode *m = mode_of(c->width, c->height);
  c->fps = m->fps[0];
  for (int i = 1; i < m->rates; i++)
    if (distance(m->fps[i], fps) < distance(c->fps, fps)) c->fps = m->fps[i];
}

static struct v4l2_fract interval(double fps) {
  if (fps == (uint32_t)fps) return (struct v4l2_fract){1, (uint32_t)fps};
  return (struct v4l2_fract){1000, (uint32_t)(fps * 1000 + 0.5)};
}

static int format_ioctl(struct handle *h, unsigned long request, void *arg) {
  struct camera *c = h->camera;
  switch (request) {
    case VIDIOC_ENUM_FMT: {
      struct v4l2_fmtdesc *f = arg;
      if (c->is_meta || f->index >= (uint32_t)format_count || f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
      f->pixelformat = formats[f->index];
      int is_jpeg = f->pixelformat == V4L2_PIX_FMT_MJPEG || f->pixelformat == V4L2_PIX_FMT_JPEG;
      f->flags = is_jpeg ? V4L2_FMT_FLAG_COMPRESSED : 0;
      strcpy((char *)f->description, is_jpeg ? "Motion-JPEG" : "YUYV 4:2:2");
      return 0;
    }
    case VIDIOC_ENUM_FRAMESIZES: {
      struct v4l2_frmsizeenum *f = arg;
      if (silent) return fail(ENOTTY);
      if (f->index >= (range.on ? 1u : (uint32_t)mode_count)) return fail(EINVAL);
      f->type = range.on ? V4L2_FRMSIZE_TYPE_STEPWISE : V4L2_FRMSIZE_TYPE_DISCRETE;
      if (range.on)
        f->stepwise = (struct v4l2_frmsize_stepwise){range.min_width,  range.max_width,  range.step_width,
                                                     range.min_height, range.max_height, range.step_height};
      else f->discrete = (struct v4l2_frmsize_discrete){modes[f->index].width, modes[f->index].height};
      return 0;
    }
    case VIDIOC_ENUM_FRAMEINTERVALS: {
      struct v4l2_frmivalenum *f = arg;
      if (silent) return fail(ENOTTY);
      if (range.on) {
        if (f->index) return fail(EINVAL);
        f->type = V4L2_FRMIVAL_TYPE_CONTINUOUS;
        f->stepwise = (struct v4l2_frmival_stepwise){interval(range.max_fps), interval(range.min_fps), {1, 1}};
        return 0;
      }
      struct mode *m = mode_of(f->width, f->height);
      if (!m || f->index >= (uint32_t)m->rates) return fail(EINVAL);
      f->type = V4L2_FRMIVAL_TYPE_DISCRETE;
      f->discrete = interval(m->fps[f->index]);
      return 0;
    }
    case VIDIOC_S_FMT:
      if (failure("S_FMT")) return fail(failure("S_FMT"));
      if (c->owner && c->owner != h) return fail(EBUSY);
      /* fall through */
    case VIDIOC_TRY_FMT:
    case VIDIOC_G_FMT: {
      struct v4l2_format *f = arg;
      if (c->is_meta || f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
      if (request == VIDIOC_S_FMT) {
        choose_size(c, (int)f->fmt.pix.width, (int)f->fmt.pix.height);
        c->format = formats[0];
        for (int i = 1; i < format_count; i++)
          if (formats[i] == f->fmt.pix.pixelformat) c->format = formats[i];
      }
      f->fmt.pix = (struct v4l2_pix_format){.width = c->width, .height = c->height, .pixelformat = c->format,
                                           .field = V4L2_FIELD_NONE, .colorspace = V4L2_COLORSPACE_JPEG,
                                           .bytesperline = is_raw(c) ? c->width * 2 : 0,
                                           .sizeimage = (uint32_t)buffer_bytes(c)};
      return 0;
    }
    case VIDIOC_S_PARM:
    case VIDIOC_G_PARM: {
      struct v4l2_streamparm *p = arg;
      struct v4l2_fract *asked = &p->parm.capture.timeperframe;
      if (request == VIDIOC_S_PARM && asked->numerator > 0) choose_rate(c, (double)asked->denominator / asked->numerator);
      p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
      *asked = interval(c->fps);
      return 0;
    }
  }
  return fail(ENOTTY);
}

/* ---- buffers ---- */

static int dequeue(struct handle *h, struct v4l2_buffer *out) {
  char byte;
  ssize_t got = h->dead ? 0 : read(h->fd, &byte, 1);
  if (got < 0) return -1; /* EAGAIN, EINTR */
  if (got == 0) return fail(ENODEV);
  pthread_mutex_lock(&lock);
  struct filled f = h->done[h->done_head++ % RING];
  pthread_mutex_unlock(&lock);
  memset(out, 0, sizeof *out);
  out->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  out->memory = V4L2_MEMORY_MMAP;
  out->index = f.index;
  out->bytesused = (uint32_t)f.used;
  out->length = (uint32_t)buffer_bytes(h->camera);
  out->sequence = f.sequence;
  out->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  out->timestamp.tv_sec = f.at.tv_sec;
  out->timestamp.tv_usec = f.at.tv_nsec / 1000;
  out->m.offset = (uint32_t)(f.index * buffer_bytes(h->camera));
  return 0;
}

static int buffer_ioctl(struct handle *h, unsigned long request, void *arg) {
  struct camera *c = h->camera;
  switch (request) {
    case VIDIOC_REQBUFS: {
      struct v4l2_requestbuffers *r = arg;
      if (failure("REQBUFS")) return fail(failure("REQBUFS"));
      if (c->owner && c->owner != h) return fail(EBUSY);
      if (r->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
      if (r->count > MAX_BUFFERS) r->count = MAX_BUFFERS;
      c->owner = r->count ? h : NULL;
      h->set = pictures_of(c->width, c->height);
      h->buffer_count = r->count;
      h->queue_head = h->queue_tail = 0;
      return 0;
    }
    case VIDIOC_QUERYBUF: {
      struct v4l2_buffer *b = arg;
      if (b->index >= h->buffer_count) return fail(EINVAL);
      b->length = (uint32_t)buffer_bytes(h->camera);
      b->m.offset = (uint32_t)(b->index * buffer_bytes(h->camera));
      b->flags = V4L2_BUF_FLAG_MAPPED;
      return 0;
    }
    case VIDIOC_QBUF: {
      struct v4l2_buffer *b = arg;
      if (b->index >= h->buffer_count) return fail(EINVAL);
      pthread_mutex_lock(&lock);
      h->queue[h->queue_tail++ % RING] = b->index;
      pthread_mutex_unlock(&lock);
      return 0;
    }
    case VIDIOC_DQBUF: return dequeue(h, arg);
    case VIDIOC_STREAMON:
      if (failure("STREAMON")) return fail(failure("STREAMON"));
      if (c->owner != h) return fail(EBUSY);
      stream_on(h);
      return 0;
    case VIDIOC_STREAMOFF: stream_off(h); return 0;
  }
  return fail(ENOTTY);
}

/* ---- controls ---- */

struct control {
  uint32_t id;
  const char *name;
  int type, min, max, step, def, value;
};
static struct control controls[] = {
    {V4L2_CID_BRIGHTNESS, "Brightness", V4L2_CTRL_TYPE_INTEGER, -64, 64, 1, 0, 0},
    {V4L2_CID_CONTRAST, "Contrast", V4L2_CTRL_TYPE_INTEGER, 0, 95, 1, 32, 32},
    {V4L2_CID_SATURATION, "Saturation", V4L2_CTRL_TYPE_INTEGER, 0, 100, 1, 64, 64},
    {V4L2_CID_AUTO_WHITE_BALANCE, "White Balance, Automatic", V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 1, 1, 1},
    {V4L2_CID_POWER_LINE_FREQUENCY, "Power Line Frequency", V4L2_CTRL_TYPE_MENU, 0, 2, 1, 1, 1},
    {V4L2_CID_PAN_ABSOLUTE, "Pan, Absolute", V4L2_CTRL_TYPE_INTEGER, -36000, 36000, 3600, 0, 0},
    {V4L2_CID_TILT_ABSOLUTE, "Tilt, Absolute", V4L2_CTRL_TYPE_INTEGER, -36000, 36000, 3600, 0, 0},
    {V4L2_CID_ZOOM_ABSOLUTE, "Zoom, Absolute", V4L2_CTRL_TYPE_INTEGER, 100, 500, 1, 100, 100},
};
enum { CONTROLS = sizeof controls / sizeof *controls };
static const char *power_line_menu[] = {"Disabled", "50 Hz", "60 Hz"};

static struct control *control(uint32_t id) {
  for (int i = 0; i < CONTROLS; i++)
    if (controls[i].id == id) return &controls[i];
  return NULL;
}

/* V4L2_CTRL_FLAG_NEXT_CTRL asks for the control after the one named. */
static struct control *control_or_next(uint32_t id) {
  if (!(id & V4L2_CTRL_FLAG_NEXT_CTRL)) return control(id);
  struct control *best = NULL;
  for (int i = 0; i < CONTROLS; i++)
    if (controls[i].id > (id & V4L2_CTRL_ID_MASK) && (!best || controls[i].id < best->id)) best = &controls[i];
  return best;
}

static int set_control(uint32_t id, int value) {
  struct control *c = control(id);
  if (!c) return fail(EINVAL);
  if (value < c->min || value > c->max) return fail(ERANGE);
  c->value = value;
  return 0;
}

static int control_ioctl(unsigned long request, void *arg) {
  switch (request) {
    case VIDIOC_QUERYCTRL: {
      struct v4l2_queryctrl *q = arg;
      struct control *c = control_or_next(q->id);
      if (!c) return fail(EINVAL);
      memset(q, 0, sizeof *q);
      q->id = c->id, q->type = c->type, q->minimum = c->min, q->maximum = c->max, q->step = c->step, q->default_value = c->def;
      snprintf((char *)q->name, sizeof q->name, "%s", c->name);
      return 0;
    }
    case VIDIOC_QUERY_EXT_CTRL: {
      struct v4l2_query_ext_ctrl *q = arg;
      struct control *c = control_or_next(q->id);
      if (!c) return fail(EINVAL);
      memset(q, 0, sizeof *q);
      q->id = c->id, q->type = c->type, q->minimum = c->min, q->maximum = c->max, q->step = c->step, q->default_value = c->def;
      q->elem_size = 4, q->elems = 1;
      snprintf(q->name, sizeof q->name, "%s", c->name);
      return 0;
    }
    case VIDIOC_QUERYMENU: {
      struct v4l2_querymenu *m = arg;
      if (m->id != V4L2_CID_POWER_LINE_FREQUENCY || m->index > 2) return fail(EINVAL);
      snprintf((char *)m->name, sizeof m->name, "%s", power_line_menu[m->index]);
      return 0;
    }
    case VIDIOC_G_CTRL: {
      struct v4l2_control *g = arg;
      struct control *c = control(g->id);
      if (!c) return fail(EINVAL);
      g->value = c->value;
      return 0;
    }
    case VIDIOC_S_CTRL: return set_control(((struct v4l2_control *)arg)->id, ((struct v4l2_control *)arg)->value);
    case VIDIOC_G_EXT_CTRLS:
    case VIDIOC_S_EXT_CTRLS:
    case VIDIOC_TRY_EXT_CTRLS: {
      struct v4l2_ext_controls *e = arg;
      for (uint32_t i = 0; i < e->count; i++) {
        struct control *c = control(e->controls[i].id);
        e->error_idx = i;
        if (!c) return fail(EINVAL);
        if (request == VIDIOC_G_EXT_CTRLS) e->controls[i].value = c->value;
        else if (e->controls[i].value < c->min || e->controls[i].value > c->max) return fail(ERANGE);
        else if (request == VIDIOC_S_EXT_CTRLS) c->value = e->controls[i].value;
      }
      return 0;
    }
  }
  return fail(ENOTTY);
}

/* ---- all ioctls ---- */

static int query_capability(const struct camera *c, struct v4l2_capability *out) {
  if (failure("QUERYCAP")) return fail(failure("QUERYCAP"));
  memset(out, 0, sizeof *out);
  strcpy((char *)out->driver, "uvcvideo");
  snprintf((char *)out->card, sizeof out->card, c->number == 1 ? "Fake Camera" : "Fake Camera %d", c->number);
  snprintf((char *)out->bus_info, sizeof out->bus_info, "usb-fake-%d", c->number);
  out->version = 0x060000;
  out->device_caps = V4L2_CAP_STREAMING | (c->is_meta ? V4L2_CAP_META_CAPTURE : V4L2_CAP_VIDEO_CAPTURE);
  /* As in the kernel: what the whole device can do, which for a metadata node is more than the node can. */
  out->capabilities = V4L2_CAP_STREAMING | V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE | V4L2_CAP_DEVICE_CAPS;
  return 0;
}

static int camera_ioctl(struct handle *h, unsigned long request, void *arg) {
  /* While it streams, the producer looks for faults: once a picture, not once a call. */
  if (h->dead || (!h->streaming && is_absent(h->camera))) return fail(ENODEV);
  switch (request) {
    case VIDIOC_QUERYCAP: return query_capability(h->camera, arg);
    case VIDIOC_ENUM_FMT:
    case VIDIOC_ENUM_FRAMESIZES:
    case VIDIOC_ENUM_FRAMEINTERVALS:
    case VIDIOC_G_FMT:
    case VIDIOC_S_FMT:
    case VIDIOC_TRY_FMT:
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: return format_ioctl(h, request, arg);
    case VIDIOC_REQBUFS:
    case VIDIOC_QUERYBUF:
    case VIDIOC_QBUF:
    case VIDIOC_DQBUF:
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF: return buffer_ioctl(h, request, arg);
    case VIDIOC_G_INPUT: *(int *)arg = 0; return 0;
    case VIDIOC_S_INPUT: return *(int *)arg == 0 ? 0 : fail(EINVAL);
    case VIDIOC_ENUMINPUT: {
      struct v4l2_input *i = arg;
      if (i->index) return fail(EINVAL);
      memset(i, 0, sizeof *i);
      strcpy((char *)i->name, "Camera 1");
      i->type = V4L2_INPUT_TYPE_CAMERA;
      return 0;
    }
  }
  return control_ioctl(request, arg);
}

/* ---- the libc calls that are answered ---- */

int open(const char *path, int flags, ...) {
  initialise();
  va_list rest;
  va_start(rest, flags);
  int mode = va_arg(rest, int);
  va_end(rest);
  struct camera *c = camera_at(path);
  return c ? open_camera(c, flags) : real_open(path, flags, mode);
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int __open_2(const char *path, int flags) { return open(path, flags, 0); }
int __open64_2(const char *path, int flags) { return open(path, flags, 0); }

int close(int fd) {
  initialise();
  struct handle *h = handle_of(fd);
  return h ? close_camera(h) : real_close(fd);
}

int ioctl(int fd, unsigned long request, ...) {
  initialise();
  va_list rest;
  va_start(rest, request);
  void *arg = va_arg(rest, void *);
  va_end(rest);
  struct handle *h = handle_of(fd);
  return h ? camera_ioctl(h, request & 0xffffffff, arg) : real_ioctl(fd, request, arg);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  initialise();
  struct handle *h = handle_of(fd);
  if (!h) return real_mmap(address, length, protection, flags, fd, offset);
  unsigned index = h->set ? (unsigned)(offset / (off_t)buffer_bytes(h->camera)) : MAX_BUFFERS;
  if (index >= h->buffer_count) {
    errno = EINVAL;
    return MAP_FAILED;
  }
  return h->buffers[index] = real_mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) __attribute__((alias("mmap")));

int access(const char *path, int mode) {
  initialise();
  struct camera *c = camera_at(path);
  if (!c) return real_access(path, mode);
  return is_absent(c) ? fail(ENOENT) : 0;
}

int stat(const char *path, struct stat *info) {
  initialise();
  struct camera *c = camera_at(path);
  if (!c) return real_stat(path, info);
  if (is_absent(c)) return fail(ENOENT);
  memset(info, 0, sizeof *info);
  info->st_mode = S_IFCHR | 0660;
  info->st_rdev = 81 << 8;
  return 0;
}

char *realpath(const char *path, char *resolved) {
  initialise();
  if (!camera_at(path)) return real_realpath(path, resolved);
  if (!resolved) resolved = malloc(4096);
  return strcpy(resolved, path);
}
char *__realpath_chk(const char *path, char *resolved, size_t size) {
  (void)size;
  return realpath(path, resolved);
}
