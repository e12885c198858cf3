// What the disk and bare RocksDB give, in the same run and the same directory as the server:
//   disk_limit fdatasync DIR SECONDS       p50 and p99 of appending one record to a file and
//   fdatasync disk_limit rocksdb DIR SECONDS GROUP   records per second of synced WriteBatches of
//   GROUP records
#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/load_client.h"

namespace {

using namespace roomlog::bench;
constexpr std::size_t record_bytes = 350;

int run_fdatasync(const std::string& dir, double seconds) {
  const std::string path = dir + "/fdatasync.bin";
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_TRUNC, 0600);
  if (fd < 0) return std::perror("open"), 1;
  const std::string record(record_bytes, 'x');
  std::vector<double> us;
  const auto end = steady::now() + std::chrono::duration<double>(seconds);
  while (steady::now() < end) {
    const auto begin = steady::now();
    if (::write(fd, record.data(), record.size()) < 0 || ::fdatasync(fd) != 0)
      return std::perror("write"), 1;
    us.push_back(std::chrono::duration<double, std::micro>(steady::now() - begin).count());
  }
  ::close(fd);
  std::filesystem::remove(path);
  const double p50 = percentile(us, 0.5);
  std::printf("{\"syncs\":%zu,\"p50_us\":%.0f,\"p99_us\":%.0f}\n", us.size(), p50,
              percentile(us, 0.99));
  return 0;
}

int run_rocksdb(const std::string& dir, double seconds, std::size_t group) {
  const std::string path = dir + "/bare-rocksdb";
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;
  options.write_buffer_size = 64 << 20;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, path, &opened).ok()) return 1;
  std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions write;
  write.sync = true;
  const std::string value(record_bytes, 'x');
  std::size_t records = 0;
  const auto begin = steady::now();
  const auto end = begin + std::chrono::duration<double>(seconds);
  while (steady::now() < end) {
    rocksdb::WriteBatch batch;
    for (std::size_t i = 0; i < group; ++i, ++records) {
      char key[32];
      const int n = std::snprintf(key, sizeof key, "%012zu", records);
      batch.Put(rocksdb::Slice(key, static_cast<std::size_t>(n)), value);
    }
    if (!db->Write(write, &batch).ok()) return 1;
  }
  const double took = std::chrono::duration<double>(steady::now() - begin).count();
  db.reset();
  std::filesystem::remove_all(path);
  std::printf("{\"group\":%zu,\"records_per_s\":%.0f}\n", group,
              static_cast<double>(records) / took);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "fdatasync" && argc == 4) return run_fdatasync(argv[2], std::atof(argv[3]));
  if (mode == "rocksdb" && argc == 5)
    return run_rocksdb(argv[2], std::atof(argv[3]), std::strtoul(argv[4], nullptr, 10));
  std::fprintf(stderr,
               "usage: disk_limit fdatasync DIR SECONDS | disk_limit rocksdb DIR SECONDS GROUP\n");
  return 2;
}
