#pragma once

#include <algorithm>
#include <functional>
#include <vector>

namespace deai::task {

// Sorts what is short or rare: a fifth of std::sort's code, of which a page would load one copy per
// type.
template <typename Item, typename Less = std::less<>>
void heap_sort(std::vector<Item>& items, Less less = {}) {
  std::make_heap(items.begin(), items.end(), less);
  std::sort_heap(items.begin(), items.end(), less);
}

}  // namespace deai::task
