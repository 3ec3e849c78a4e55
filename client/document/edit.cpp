#include "client/document/edit.h"

#include <algorithm>
#include <utility>

namespace tilework::client {
namespace {

template <class... Kinds>
struct Overloaded : Kinds... {
  using Kinds::operator()...;
};
template <class... Kinds>
Overloaded(Kinds...) -> Overloaded<Kinds...>;  // which Clang 14 doesn't deduce by itself

Steps* steps_of(Document& document) {
  ImageEntry* image = document.current_image();
  return image ? &image->steps : nullptr;
}

Steps numbered(Document& document, Steps steps) {
  for (Step& step : steps) step.id = ++document.last_id;
  return steps;
}

// Calls `change` with the step and its place, if it is there.
template <class Change>
void with_step(Document& document, StepId id, Change change) {
  Steps* steps = steps_of(document);
  if (steps == nullptr) return;
  const auto found = std::ranges::find(*steps, id, &Step::id);
  if (found != steps->end()) change(*steps, found);
}

void carry_out(Document& document, const AddImages& edit) {
  for (const auto& path : edit.paths) {
    const auto absolute = std::filesystem::absolute(path).lexically_normal();
    const auto found = std::ranges::find(document.images, absolute, &ImageEntry::path);
    if (found != document.images.end()) {
      document.current = found->id;
      continue;
    }
    const ImageId id = ++document.last_id;
    document.images.push_back({id, absolute, absolute.filename().string(), {}});
    document.current = id;
  }
  // The first of those that came is shown.
  if (!edit.paths.empty()) {
    const auto first = std::filesystem::absolute(edit.paths.front()).lexically_normal();
    document.current = std::ranges::find(document.images, first, &ImageEntry::path)->id;
  }
}

void carry_out(Document& document, const CloseImage& edit) {
  const auto found = std::ranges::find(document.images, edit.image, &ImageEntry::id);
  if (found == document.images.end()) return;
  const auto place = found - document.images.begin();
  document.images.erase(found);
  document.chosen.erase(edit.image);
  if (document.current != edit.image) return;
  document.current.reset();
  if (document.images.empty()) return;
  const auto last = static_cast<std::ptrdiff_t>(document.images.size()) - 1;
  document.current = document.images[static_cast<std::size_t>(std::min(place, last))].id;
}

void carry_out(Document& document, const ShowImage& edit) {
  if (document.find(edit.image)) document.current = edit.image;
}

void carry_out(Document& document, const ChooseImage& edit) {
  if (edit.chosen && document.find(edit.image)) document.chosen.insert(edit.image);
  if (!edit.chosen) document.chosen.erase(edit.image);
}

void carry_out(Document& document, const ChooseAll& edit) {
  document.chosen.clear();
  if (!edit.chosen) return;
  for (const auto& image : document.images) document.chosen.insert(image.id);
}

void carry_out(Document& document, const AddFilter& edit) {
  if (Steps* steps = steps_of(document)) steps->push_back({++document.last_id, {edit.filter, {}}, true});
}

void carry_out(Document& document, const RemoveStep& edit) {
  with_step(document, edit.step, [](Steps& steps, auto step) { steps.erase(step); });
}

void carry_out(Document& document, const MoveStep& edit) {
  with_step(document, edit.step, [&](Steps& steps, auto step) {
    const Step moved = *step;
    steps.erase(step);
    const std::size_t place = std::min(edit.to, steps.size());
    steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(place), moved);
  });
}

void carry_out(Document& document, const DuplicateStep& edit) {
  with_step(document, edit.step, [&](Steps& steps, auto step) {
    Step copy = *step;
    copy.id = ++document.last_id;
    steps.insert(step + 1, copy);
  });
}

void carry_out(Document& document, const SwitchStep& edit) {
  with_step(document, edit.step, [&](Steps&, auto step) { step->enabled = edit.enabled; });
}

void carry_out(Document& document, const SetArgument& edit) {
  with_step(document, edit.step,
            [&](Steps&, auto step) { step->call.arguments[edit.parameter] = edit.value; });
}

void carry_out(Document& document, const ResetArgument& edit) {
  with_step(document, edit.step, [&](Steps&, auto step) { step->call.arguments.erase(edit.parameter); });
}

void carry_out(Document& document, const ResetStep& edit) {
  with_step(document, edit.step, [&](Steps&, auto step) { step->call.arguments.clear(); });
}

void carry_out(Document& document, const ReplaceRecipe& edit) {
  if (Steps* steps = steps_of(document)) *steps = numbered(document, edit.steps);
}

void carry_out(Document& document, const CopyRecipe& edit) {
  const Steps* from = steps_of(document);
  if (from == nullptr) return;
  const Steps steps = *from;
  for (const ImageId id : edit.to) {
    ImageEntry* image = document.find(id);
    if (image != nullptr && id != document.current) image->steps = numbered(document, steps);
  }
}

std::string filter_of(const Document& document, StepId id) {
  const ImageEntry* image = document.current_image();
  if (image == nullptr) return "filter";
  const auto found = std::ranges::find(image->steps, id, &Step::id);
  return found == image->steps.end() ? "filter" : found->call.filter;
}

}  // namespace

void apply(Document& document, const Edit& edit) {
  std::visit([&](const auto& kind) { carry_out(document, kind); }, edit);
}

std::string describe(const Document& before, const Edit& edit) {
  const auto name = [&](StepId id) { return filter_of(before, id); };
  return std::visit(
      Overloaded{
          [](const AddImages& add) {
            return add.paths.size() == 1 ? "Open " + add.paths.front().filename().string()
                                         : "Open " + std::to_string(add.paths.size()) + " images";
          },
          [&](const CloseImage& close) {
            const ImageEntry* image = before.find(close.image);
            return "Close " + (image ? image->name : "image");
          },
          [](const ShowImage&) { return std::string("Show another image"); },
          [](const ChooseImage&) { return std::string("Choose images"); },
          [](const ChooseAll&) { return std::string("Choose images"); },
          [](const AddFilter& add) { return "Add " + add.filter; },
          [&](const RemoveStep& remove) { return "Remove " + name(remove.step); },
          [&](const MoveStep& move) { return "Move " + name(move.step); },
          [&](const DuplicateStep& duplicate) { return "Duplicate " + name(duplicate.step); },
          [&](const SwitchStep& change) {
            return (change.enabled ? "Switch on " : "Switch off ") + name(change.step);
          },
          [&](const SetArgument& set) { return "Change " + name(set.step) + "'s " + set.parameter; },
          [&](const ResetArgument& reset) { return "Reset " + name(reset.step) + "'s " + reset.parameter; },
          [&](const ResetStep& reset) { return "Reset " + name(reset.step); },
          [](const ReplaceRecipe& replace) { return replace.what; },
          [](const CopyRecipe& copy) {
            return "Copy the recipe to " + std::to_string(copy.to.size()) +
                   (copy.to.size() == 1 ? " image" : " images");
          }},
      edit);
}

bool is_undoable(const Edit& edit) {
  return !std::holds_alternative<ShowImage>(edit) && !std::holds_alternative<ChooseImage>(edit) &&
         !std::holds_alternative<ChooseAll>(edit);
}

std::string merge_key(const Edit& edit) {
  if (const auto* set = std::get_if<SetArgument>(&edit)) {
    return std::to_string(set->step) + ' ' + set->parameter;
  }
  return {};
}

}  // namespace tilework::client
