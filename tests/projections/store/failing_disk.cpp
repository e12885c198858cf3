#include "tests/projections/store/failing_disk.h"

#include <rocksdb/file_system.h>

#include <cerrno>
#include <future>
#include <system_error>
#include <thread>

#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// As RocksDB's own file system words them.
IOStatus refusal(int error_number) {
  if (error_number == ENOSPC) return IOStatus::NoSpace("failing_disk");
  return IOStatus::IOError("failing_disk", std::generic_category().message(error_number));
}

}  // namespace

class failing_disk::file_system final : public rocksdb::FileSystemWrapper {
 public:
  file_system() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "failing_disk"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* to,
                           IODebugContext* context) override;
  IOStatus NewRandomAccessFile(const std::string& name, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* to,
                               IODebugContext* context) override;
  IOStatus NewSequentialFile(const std::string& name, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* to,
                             IODebugContext* context) override {
    if (no_descriptors) return refusal(EMFILE);
    return FileSystemWrapper::NewSequentialFile(name, options, to, context);
  }
  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, std::uint64_t* free,
                        IODebugContext* context) override {
    if (full) {
      *free = 0;
      return IOStatus::OK();
    }
    return FileSystemWrapper::GetFreeSpace(path, options, free, context);
  }

  // Whether this read of a table fails.
  IOStatus check_read() {
    const int before = reads++;
    return reads_left >= 0 && before >= reads_left ? refusal(read_error) : IOStatus::OK();
  }

  std::atomic<bool> full{false}, full_with_next_log{false}, writes_arrive{false}, broken{false},
      no_descriptors{false}, refused{false};
  std::atomic<int> reads{0}, reads_left{-1}, read_error{0};
};

class failing_disk::writable final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  writable(std::unique_ptr<rocksdb::FSWritableFile> real, const std::string& name,
           file_system& disk)
      : FSWritableFileOwnerWrapper(std::move(real)), is_wal_(name.ends_with(".log")), disk_(disk) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    if (disk_.broken) return refusal(EIO);
    if (disk_.full) {
      disk_.refused = true;
      if (disk_.writes_arrive && is_wal_) {
        (void)FSWritableFileOwnerWrapper::Append(data, options, context);
      }
      return refusal(ENOSPC);
    }
    return FSWritableFileOwnerWrapper::Append(data, options, context);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* context) override {
    return Append(data, options, context);
  }

 private:
  const bool is_wal_;
  file_system& disk_;
};

class failing_disk::readable final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  readable(std::unique_ptr<rocksdb::FSRandomAccessFile> real, file_system& disk)
      : FSRandomAccessFileOwnerWrapper(std::move(real)), disk_(disk) {}

  IOStatus Read(std::uint64_t at, std::size_t bytes, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* context) const override {
    if (auto may = disk_.check_read(); !may.ok()) return may;
    return FSRandomAccessFileOwnerWrapper::Read(at, bytes, options, result, scratch, context);
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count, const IOOptions& options,
                     IODebugContext* context) override {
    if (auto may = disk_.check_read(); !may.ok()) return may;
    return FSRandomAccessFileOwnerWrapper::MultiRead(requests, count, options, context);
  }

 private:
  file_system& disk_;
};

IOStatus failing_disk::file_system::NewWritableFile(const std::string& name,
                                                    const FileOptions& options,
                                                    std::unique_ptr<rocksdb::FSWritableFile>* to,
                                                    IODebugContext* context) {
  if (no_descriptors) return refusal(EMFILE);
  std::unique_ptr<rocksdb::FSWritableFile> real;
  auto opened = FileSystemWrapper::NewWritableFile(name, options, &real, context);
  if (opened.ok()) *to = std::make_unique<writable>(std::move(real), name, *this);
  if (name.ends_with(".log") && full_with_next_log.exchange(false)) full = true;
  return opened;
}

IOStatus failing_disk::file_system::NewRandomAccessFile(
    const std::string& name, const FileOptions& options,
    std::unique_ptr<rocksdb::FSRandomAccessFile>* to, IODebugContext* context) {
  if (no_descriptors) return refusal(EMFILE);
  std::unique_ptr<rocksdb::FSRandomAccessFile> real;
  auto opened = FileSystemWrapper::NewRandomAccessFile(name, options, &real, context);
  if (opened.ok()) *to = std::make_unique<readable>(std::move(real), *this);
  return opened;
}

failing_disk::failing_disk()
    : files_(std::make_shared<file_system>()), env_(rocksdb::NewCompositeEnv(files_)) {}
failing_disk::~failing_disk() = default;

void failing_disk::fill() {
  files_->full = true;
}
void failing_disk::fill_after_writing() {
  files_->writes_arrive = true;
  files_->full = true;
}
void failing_disk::fill_with_next_log() {
  files_->full_with_next_log = true;
  // RocksDB flushes on one thread of this kind.
  env_->Schedule(
      [](void* files) {
        const auto* disk = static_cast<file_system*>(files);
        (void)eventually([disk] { return disk->refused.load(); });
      },
      files_.get(), rocksdb::Env::HIGH);
}
void failing_disk::wait_for_flushes() {
  std::promise<void> behind;
  env_->Schedule([](void* done) { static_cast<std::promise<void>*>(done)->set_value(); }, &behind,
                 rocksdb::Env::HIGH);
  behind.get_future().wait();
}
void failing_disk::free_space() {
  files_->full = false;
  files_->writes_arrive = false;
}
void failing_disk::take_descriptors() {
  files_->no_descriptors = true;
}
void failing_disk::give_descriptors() {
  files_->no_descriptors = false;
}
void failing_disk::break_writes() {
  files_->broken = true;
}
void failing_disk::fail_reads(int more, int error_number) {
  files_->read_error = error_number;
  files_->reads = 0;
  files_->reads_left = more;
}
void failing_disk::mend_reads() {
  files_->reads = 0;
  files_->reads_left = -1;
}
int failing_disk::reads() const {
  return files_->reads;
}

}  // namespace roomlog::testing
