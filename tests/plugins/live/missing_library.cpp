// What lacks_library.cpp needs where it is built, and doesn't find where it runs.
extern "C" [[gnu::visibility("default")]] int tilework_test_missing() {
  return 0;
}
