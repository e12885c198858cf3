// A small set of seqs, kept as ranges: the events of which a connection has had the ack and so gets
// no push. Acks of one sender follow each other closely, so there are few ranges.
#pragma once

#include <cstddef>
#include <vector>

#include "log/base/types.h"

namespace roomlog {

class seq_set {
 public:
  bool empty() const { return ranges_.empty(); }
  std::size_t ranges() const { return ranges_.size(); }

  void add(seq_no seq);
  // The first seq ≥ `from` that is not in the set, but not beyond `end`; forgets everything below
  // it.
  seq_no skip(seq_no from, seq_no end);
  bool contains(seq_no seq) const;
  // The first seq in the set that is ≥ `from` and below `end`, or `end`.
  seq_no first_from(seq_no from, seq_no end) const;
  // Memory in use.
  std::size_t bytes() const { return ranges_.size() * sizeof(range); }

 private:
  struct range {
    seq_no from, until;  // until is next
  };
  using place = std::vector<range>::iterator;
  place find(seq_no seq);

  std::vector<range> ranges_;  // ascending, apart by at least one
};

}  // namespace roomlog
