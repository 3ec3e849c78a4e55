// Changes of a document, as values: panels return them, and one function carries them out. Pure; any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "client/document/document.h"

namespace tilework::client {

// Of the images.
struct AddImages {
  std::vector<std::filesystem::path> paths;  // those that are open already are shown, and not opened twice
};
struct CloseImage {
  ImageId image;
};
struct ShowImage {
  ImageId image;
};
struct ChooseImage {
  ImageId image;
  bool chosen;
};
struct ChooseAll {
  bool chosen;
};

// Of the current image's recipe. A step that isn't there changes nothing.
struct AddFilter {
  std::string filter;
};
struct RemoveStep {
  StepId step;
};
struct MoveStep {
  StepId step;
  std::size_t to;  // its place afterwards
};
struct DuplicateStep {
  StepId step;
};
struct SwitchStep {
  StepId step;
  bool enabled;
};
struct SetArgument {
  StepId step;
  std::string parameter;
  Value value;
};
struct ResetArgument {
  StepId step;
  std::string parameter;
};
struct ResetStep {
  StepId step;
};
struct ReplaceRecipe {
  Steps steps;       // their numbers are given anew
  std::string what;  // for the list of undo, as "preset Soft print"
};
// The current image's recipe becomes that of the others, too.
struct CopyRecipe {
  std::vector<ImageId> to;
};

using Edit =
    std::variant<AddImages, CloseImage, ShowImage, ChooseImage, ChooseAll, AddFilter, RemoveStep, MoveStep,
                 DuplicateStep, SwitchStep, SetArgument, ResetArgument, ResetStep, ReplaceRecipe, CopyRecipe>;

// Carries it out.
void apply(Document& document, const Edit& edit);

// In a few words, for the user: "Add gaussian-blur".
std::string describe(const Document& before, const Edit& edit);

// Whether it is something that one would undo: what is merely looked at or chosen isn't.
bool is_undoable(const Edit& edit);

// Edits that follow each other with the same key are one for undo, as those of a slider that is dragged.
// Empty: never.
std::string merge_key(const Edit& edit);

}  // namespace tilework::client
