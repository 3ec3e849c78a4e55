// Needs a library that no machine has.
extern "C" int tilework_test_missing();
extern "C" int uses_it() {
  return tilework_test_missing();
}
