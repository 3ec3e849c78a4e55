// Ownership of lcms's objects.
#pragma once

#include <memory>

#include <lcms2.h>

namespace tilework::imageio {

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using OwnedProfile = std::unique_ptr<void, CloseProfile>;

struct DeleteTransform {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
using OwnedTransform = std::unique_ptr<void, DeleteTransform>;

struct FreeCurve {
  void operator()(cmsToneCurve* curve) const { cmsFreeToneCurve(curve); }
};
using OwnedCurve = std::unique_ptr<cmsToneCurve, FreeCurve>;

}  // namespace tilework::imageio
