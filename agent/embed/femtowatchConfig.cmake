# find_package(femtowatch): femtowatch::agent, and femtowatch::agent-static, of femtowatch-agent.h
include(${CMAKE_CURRENT_LIST_DIR}/femtowatchTargets.cmake)
