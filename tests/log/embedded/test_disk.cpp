#include "tests/log/embedded/test_disk.h"

#include <filesystem>

namespace roomlog::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

bool is_wal(const std::string& name) {
  return name.ends_with(".log");
}

// What of a file would survive a power cut.
struct durability {
  std::uint64_t written = 0;
  std::uint64_t synced = 0;
  bool name_synced = false;
};

}  // namespace

class test_disk::file_system final : public rocksdb::FileSystemWrapper {
 public:
  file_system() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "test_disk"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* to,
                           IODebugContext* context) override;
  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* to,
                        IODebugContext* context) override;
  // Would hand out files that are not watched.
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("test_disk: reused files are not watched");
  }
  IOStatus ReopenWritableFile(const std::string&, const FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("test_disk: reopened files are not watched");
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* context) override {
    if (auto alive = check_alive(); !alive.ok()) return alive;
    const std::lock_guard lock(mutex_);
    states_[to] = states_[from];
    states_[to].name_synced = false;
    states_.erase(from);
    return FileSystemWrapper::RenameFile(from, to, options, context);
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options,
                      IODebugContext* context) override {
    if (auto alive = check_alive(); !alive.ok()) return alive;
    const std::lock_guard lock(mutex_);
    states_.erase(name);
    return FileSystemWrapper::DeleteFile(name, options, context);
  }

  IOStatus check_alive() {
    const std::lock_guard lock(mutex_);
    return killed_ ? IOStatus::IOError("test_disk: the process was killed") : IOStatus::OK();
  }
  IOStatus check_write(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (wal_writes_fail_ && is_wal(name)) return IOStatus::IOError("test_disk: no write");
    return killed_ ? IOStatus::IOError("test_disk: the process was killed") : IOStatus::OK();
  }
  void set_killed(bool killed) {
    const std::lock_guard lock(mutex_);
    killed_ = killed;
  }
  void fail_wal_writes() {
    const std::lock_guard lock(mutex_);
    wal_writes_fail_ = true;
  }
  void wrote(const std::string& name, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    states_[name].written += bytes;
  }
  std::uint64_t written(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return states_[name].written;
  }
  void synced(const std::string& name, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    states_[name].synced = bytes;
  }
  void synced_names(const std::string& directory) {
    const std::lock_guard lock(mutex_);
    for (auto& [name, state] : states_) {
      if (std::filesystem::path(name).parent_path() == std::filesystem::path(directory)) {
        state.name_synced = true;
      }
    }
  }
  void drop_unsynced() {
    const std::lock_guard lock(mutex_);
    for (auto state = states_.begin(); state != states_.end();) {
      const auto& [name, kept] = *state;
      if (!kept.name_synced) {
        std::filesystem::remove(name);
        state = states_.erase(state);
        continue;
      }
      if (std::filesystem::exists(name) && std::filesystem::file_size(name) > kept.synced) {
        std::filesystem::resize_file(name, kept.synced);
      }
      state->second.written = kept.synced;
      ++state;
    }
  }

  write_gate wal_syncs;

 private:
  std::mutex mutex_;
  std::map<std::string, durability> states_;
  bool killed_ = false;
  bool wal_writes_fail_ = false;
};

class test_disk::file final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  file(std::unique_ptr<rocksdb::FSWritableFile> real, std::string name, file_system& disk)
      : FSWritableFileOwnerWrapper(std::move(real)), name_(std::move(name)), disk_(disk) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    if (auto may = disk_.check_write(name_); !may.ok()) return may;
    disk_.wrote(name_, data.size());
    return FSWritableFileOwnerWrapper::Append(data, options, context);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* context) override {
    return Append(data, options, context);
  }
  // Cuts preallocated space at the end of a file's life only.
  IOStatus Truncate(std::uint64_t size, const IOOptions& options,
                    IODebugContext* context) override {
    if (auto alive = disk_.check_alive(); !alive.ok()) return alive;
    return FSWritableFileOwnerWrapper::Truncate(size, options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    return sync([&] { return FSWritableFileOwnerWrapper::Sync(options, context); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return sync([&] { return FSWritableFileOwnerWrapper::Fsync(options, context); });
  }

 private:
  template <class RealSync>
  IOStatus sync(RealSync real) {
    const auto bytes = disk_.written(name_);
    if (is_wal(name_) && !disk_.wal_syncs.pass()) return IOStatus::IOError("test_disk: no sync");
    if (auto alive = disk_.check_alive(); !alive.ok()) return alive;
    auto done = real();
    if (done.ok()) disk_.synced(name_, bytes);
    return done;
  }

  std::string name_;
  file_system& disk_;
};

class test_disk::directory final : public rocksdb::FSDirectoryWrapper {
 public:
  directory(std::unique_ptr<rocksdb::FSDirectory> real, std::string name, file_system& disk)
      : FSDirectoryWrapper(std::move(real)), name_(std::move(name)), disk_(disk) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    if (auto alive = disk_.check_alive(); !alive.ok()) return alive;
    disk_.synced_names(name_);
    return FSDirectoryWrapper::Fsync(options, context);
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* context,
                               const rocksdb::DirFsyncOptions& how) override {
    if (auto alive = disk_.check_alive(); !alive.ok()) return alive;
    disk_.synced_names(name_);
    return FSDirectoryWrapper::FsyncWithDirOptions(options, context, how);
  }

 private:
  std::string name_;
  file_system& disk_;
};

IOStatus test_disk::file_system::NewWritableFile(const std::string& name,
                                                 const FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* to,
                                                 IODebugContext* context) {
  if (auto alive = check_alive(); !alive.ok()) return alive;
  std::unique_ptr<rocksdb::FSWritableFile> real;
  auto opened = FileSystemWrapper::NewWritableFile(name, options, &real, context);
  if (!opened.ok()) return opened;
  {
    const std::lock_guard lock(mutex_);
    states_[name] = {};
  }
  *to = std::make_unique<file>(std::move(real), name, *this);
  return opened;
}

IOStatus test_disk::file_system::NewDirectory(const std::string& name, const IOOptions& options,
                                              std::unique_ptr<rocksdb::FSDirectory>* to,
                                              IODebugContext* context) {
  std::unique_ptr<rocksdb::FSDirectory> real;
  auto opened = FileSystemWrapper::NewDirectory(name, options, &real, context);
  if (opened.ok()) *to = std::make_unique<directory>(std::move(real), name, *this);
  return opened;
}

test_disk::test_disk()
    : files_(std::make_shared<file_system>()), env_(rocksdb::NewCompositeEnv(files_)) {}

test_disk::~test_disk() = default;

write_gate& test_disk::wal_syncs() {
  return files_->wal_syncs;
}
void test_disk::fail_wal_writes() {
  files_->fail_wal_writes();
}
void test_disk::kill() {
  files_->set_killed(true);
}
void test_disk::revive() {
  files_->set_killed(false);
}
void test_disk::power_cut() {
  files_->drop_unsynced();
}

}  // namespace roomlog::testing
