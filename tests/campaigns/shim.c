/* A recorder between a program and its files, and a disk that fails when told to; loaded with LD_PRELOAD.

   Everything that a program does to the files under SHIM_FOLDER is done, and written down in SHIM_LOG with one append
   each, so that tests/campaigns/disk.py can say afterwards what a disk would have kept. SHIM_CONTROL is a file of
   sixteen 64-bit numbers, shared with the test, which counts writes and syncs and says which of them are to fail.

   What is not seen: stdio (fopen), memory maps, dup. Neither SQLite nor PostgreSQL keeps data by those. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
#define FIRST_FREE 1000

enum { WRITES, SYNCS, WRITE_FROM, WRITE_TO, WRITE_ERROR, SYNC_FROM, SYNC_TO, SYNC_ERROR, SYNC_DELAY, FAILED, SKIP_SYNC };

struct record {
    uint32_t magic;
    uint16_t op, path, other;
    uint16_t unused;
    uint32_t data;
    uint64_t file, offset, thread;
} __attribute__((packed));

static char folder[PATH_MAX];
static size_t folder_length;
static int log_file = -1;
static volatile uint64_t *control;
static char *paths[MOST_FILES];
static uint64_t files[MOST_FILES];
static char folders[MOST_FILES];


static int high(int fd) {
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
    syscall(SYS_close, fd);
    return moved;
}

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("SHIM_FOLDER"), *log = getenv("SHIM_LOG"), *shared = getenv("SHIM_CONTROL");
    if (!where || !log || !shared || !realpath(where, folder)) return;
    folder_length = strlen(folder);
    int fd = syscall(SYS_openat, AT_FDCWD, shared, O_RDWR);
    if (fd < 0) return;
    control = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (control == MAP_FAILED) abort();
    fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT, 0666);
    if (fd < 0) abort();
    log_file = high(fd);
}

static void note(char op, uint64_t file, uint64_t offset, const char *path, const char *other, const void *data,
                 size_t size) {
    int before = errno;
    struct record head = {0x50425631, op, path ? strlen(path) : 0, other ? strlen(other) : 0, 0, size, file, offset, gettid()};
    struct iovec parts[4] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)other, head.other}, {(void *)data, size}};
    if (syscall(SYS_writev, log_file, parts, 4) < 0) abort();
    errno = before;
}

/* The path below our folder, or NULL for all others. The parent is resolved, the last part is not. */
static char *ours(int at, const char *path, char *buffer) {
    char from[PATH_MAX], whole[2 * PATH_MAX], parent[PATH_MAX];
    if (log_file < 0 || !path) return NULL;
    if (*path == '/') {
        snprintf(whole, sizeof whole, "%s", path);
    } else {
        if (at == AT_FDCWD) {
            if (!getcwd(from, sizeof from)) return NULL;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
            ssize_t length = readlink(link, from, sizeof from - 1);
            if (length < 0) return NULL;
            from[length] = 0;
        }
        snprintf(whole, sizeof whole, "%s/%s", from, path);
    }
    size_t length = strlen(whole);
    while (length > 1 && whole[length - 1] == '/') whole[--length] = 0;
    char *last = strrchr(whole, '/');
    if (!strcmp(last + 1, ".")) {
        if (!realpath(whole, buffer)) return NULL;
    } else {
        *last = 0;
        if (!realpath(*whole ? whole : "/", parent)) return NULL;
        if (snprintf(buffer, PATH_MAX, "%s/%s", strcmp(parent, "/") ? parent : "", last + 1) >= PATH_MAX) return NULL;
    }
    if (strncmp(buffer, folder, folder_length) || (buffer[folder_length] && buffer[folder_length] != '/')) return NULL;
    return buffer;
}

static int watched(int fd) { return log_file >= 0 && fd >= 0 && fd < MOST_FILES && paths[fd]; }

static void forget(int fd) {
    if (fd >= 0 && fd < MOST_FILES && paths[fd]) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
}

/* Which write or sync fails: 1 if this one does, with errno; 2 if it is cut short. */
static int fails(int counter, int from, int to, int error) {
    uint64_t number = __atomic_add_fetch(&control[counter], 1, __ATOMIC_SEQ_CST);
    if (!control[from] || number < control[from] || number > control[to]) return 0;
    __atomic_add_fetch(&control[FAILED], 1, __ATOMIC_SEQ_CST);
    if (!control[error]) return 2;
    errno = control[error];
    return 1;
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    char buffer[PATH_MAX];
    struct stat about;
    char *own = ours(at, path, buffer);
    int there = own && !fstatat(at, path, &about, 0);
    int fd = syscall(SYS_openat, at, path, flags | O_LARGEFILE, mode);
    forget(fd);
    if (fd < 0 || !own || fd >= MOST_FILES || fstat(fd, &about)) return fd;
    if (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) return fd;
    paths[fd] = strdup(own);
    files[fd] = about.st_ino;
    folders[fd] = S_ISDIR(about.st_mode);
    if (!folders[fd]) note(there ? 'A' : 'O', about.st_ino, 0, own, NULL, NULL, 0);
    if (there && flags & O_TRUNC) note('T', about.st_ino, 0, NULL, NULL, NULL, 0);
    return fd;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __openat_2(int at, const char *path, int flags) { return opened(at, path, flags, 0); }
int __openat64_2(int at, const char *path, int flags) { return opened(at, path, flags, 0); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd) {
    forget(fd);
    return syscall(SYS_close, fd);
}

static ssize_t written(int fd, const struct iovec *parts, int count, off_t offset, int positioned) {
    if (!watched(fd)) return positioned ? syscall(SYS_pwritev, fd, parts, count, offset, 0) : syscall(SYS_writev, fd, parts, count);
    size_t size = 0, done = 0;
    for (int part = 0; part < count; part++) size += parts[part].iov_len;
    int failure = fails(WRITES, WRITE_FROM, WRITE_TO, WRITE_ERROR);
    if (failure == 1) return -1;
    if (!positioned) {
        int flags = fcntl(fd, F_GETFL);
        struct stat about;
        offset = lseek(fd, 0, SEEK_CUR);
        if ((flags & O_APPEND) && !fstat(fd, &about)) offset = about.st_size;
    }
    char *data = malloc(size ? size : 1);
    for (int part = 0; part < count; part++) {
        memcpy(data + done, parts[part].iov_base, parts[part].iov_len);
        done += parts[part].iov_len;
    }
    if (failure == 2) size = size / 2;
    ssize_t result = positioned ? syscall(SYS_pwrite64, fd, data, size, offset) : syscall(SYS_write, fd, data, size);
    if (result > 0) note('W', files[fd], offset, NULL, NULL, data, result);
    int before = errno;
    free(data);
    errno = before;
    return result;
}

ssize_t write(int fd, const void *data, size_t size) {
    if (!watched(fd)) return syscall(SYS_write, fd, data, size);
    struct iovec one = {(void *)data, size};
    return written(fd, &one, 1, 0, 0);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    if (!watched(fd)) return syscall(SYS_pwrite64, fd, data, size, offset);
    struct iovec one = {(void *)data, size};
    return written(fd, &one, 1, offset, 1);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return written(fd, parts, count, 0, 0); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return written(fd, parts, count, offset, 1); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return written(fd, parts, count, offset, 1); }

int ftruncate64(int fd, off64_t size) {
    if (watched(fd) && fails(WRITES, WRITE_FROM, WRITE_TO, WRITE_ERROR) == 1) return -1;
    int result = syscall(SYS_ftruncate, fd, size);
    if (!result && watched(fd)) note('T', files[fd], size, NULL, NULL, NULL, 0);
    return result;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
int truncate64(const char *path, off64_t size) {
    int fd = opened(AT_FDCWD, path, O_WRONLY, 0);
    if (fd < 0) return -1;
    int result = ftruncate64(fd, size), before = errno;
    close(fd);
    errno = before;
    return result;
}
int truncate(const char *path, off_t size) { return truncate64(path, size); }

static int made_room(int fd, int mode, off_t offset, off_t length) {
    if (watched(fd) && fails(WRITES, WRITE_FROM, WRITE_TO, WRITE_ERROR) == 1) return -1;
    int result = syscall(SYS_fallocate, fd, mode, offset, length);
    if (!result && watched(fd)) {
        struct stat about;
        if (!fstat(fd, &about)) note('T', files[fd], about.st_size, NULL, NULL, NULL, 0);
    }
    return result;
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return made_room(fd, mode, offset, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return made_room(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) { return made_room(fd, 0, offset, length) ? errno : 0; }
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return made_room(fd, 0, offset, length) ? errno : 0; }

static int synced(int fd, long call) {
    if (!watched(fd)) return syscall(call, fd);
    char *path = folders[fd] ? paths[fd] : NULL;
    char small = path ? 'a' - 'A' : 0;
    note('B' + small, files[fd], 0, path, NULL, NULL, 0);
    if (control[SYNC_DELAY]) usleep(control[SYNC_DELAY]);
    int failed = fails(SYNCS, SYNC_FROM, SYNC_TO, SYNC_ERROR);
    int result = failed ? -1 : control[SKIP_SYNC] ? 0 : syscall(call, fd);
    note((result ? 'E' : 'S') + small, files[fd], 0, path, NULL, NULL, 0);
    return result;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int renamed(int from, const char *old, int to, const char *name) {
    char one[PATH_MAX], two[PATH_MAX];
    char *before = ours(from, old, one), *after = ours(to, name, two);
    int result = syscall(SYS_renameat, from, old, to, name);
    if (!result && (before || after)) note('R', 0, 0, before ? before : "", after ? after : "", NULL, 0);
    return result;
}
int rename(const char *old, const char *name) { return renamed(AT_FDCWD, old, AT_FDCWD, name); }
int renameat(int from, const char *old, int to, const char *name) { return renamed(from, old, to, name); }
int renameat2(int from, const char *old, int to, const char *name, unsigned flags) {
    if (flags) { errno = EINVAL; return -1; }
    return renamed(from, old, to, name);
}
int link(const char *old, const char *name) {
    char one[PATH_MAX], two[PATH_MAX];
    char *before = ours(AT_FDCWD, old, one), *after = ours(AT_FDCWD, name, two);
    int result = syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, name, 0);
    if (!result && before && after) note('L', 0, 0, before, after, NULL, 0);
    return result;
}
int unlinkat(int at, const char *path, int flags) {
    char buffer[PATH_MAX];
    char *own = ours(at, path, buffer);
    int result = syscall(SYS_unlinkat, at, path, flags);
    if (!result && own) note('U', 0, 0, own, NULL, NULL, 0);
    return result;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int mkdirat(int at, const char *path, mode_t mode) {
    char buffer[PATH_MAX];
    char *own = ours(at, path, buffer);
    int result = syscall(SYS_mkdirat, at, path, mode);
    if (!result && own) note('M', 0, 0, own, NULL, NULL, 0);
    return result;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
