// The revision of the sources that this program was built from, as git describes it; empty where git does not know.
#pragma once

namespace luqsim::train {

extern const char* const revision;

}  // namespace luqsim::train
