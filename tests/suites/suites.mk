# SPDX-License-Identifier: GPL-2.0-only
#
# All suites, a row each: `make help`, `make check`, check-debug, check-vmx and what an x86
# check runs for arm64 derive from it. Included by tests/build.mk.
#
#   suite      runs in the lab: tests/suites/NAME/, by the recipe in tests/suites/build.mk
#   own_suite  has a target check-NAME of its own, which writes $(TAP_DIR)/NAME.tap
#
# Lists:
#   check   `make check`, for each of its architectures
#   arm64   `make check` on x86 runs it for arm64, too
#   intel   `make check` runs it on an Intel CPU, too, without what takes long
#   newest  `make check` runs it on the newest kernel of tests/kernels/list, too, for both
#           architectures
#   more, arm64-more, newest-more   the same for `make check-more`, which has what
#           there is no time for at every change: CI runs both
#   kernels `make check-kernels` runs it on each of them, for each of its architectures
#   debug   `make check-debug`
#   vmx     `make check-vmx`, on an Intel CPU
#
# Then options of tests/lab/run, and modules of tests/suites/modules/ to be at hand.

#               name             architectures  lists                                            options, modules
$(call own_suite,scripts,      x86_64,        check)
$(call own_suite,lab,          x86_64 arm64,  check)
$(call own_suite,unit,         x86_64,        check)
$(call own_suite,decide,       x86_64 arm64,  check)
$(call own_suite,objects,      x86_64,        check)
$(call own_suite,library,      x86_64,        check vmx)
$(call own_suite,rust,         x86_64 arm64,  check)
$(call own_suite,install,      x86_64,        check)
$(call own_suite,packages,     x86_64,        )
$(call own_suite,manifests,    x86_64,        check)
$(call own_suite,metrics,      x86_64,        check)
$(call own_suite,fleet,        x86_64,        more)
$(call own_suite,fleet-two,    x86_64,        )
$(call own_suite,image,        x86_64,        )
$(call own_suite,module,       x86_64 arm64,  check arm64 vmx kernels)
$(call own_suite,static,       x86_64 arm64,  check arm64-more)
$(call own_suite,bench,        x86_64 arm64,  check arm64 newest-more)
$(call suite,policy,           x86_64 arm64,  check arm64 debug vmx kernels)
$(call suite,uapi,             x86_64 arm64,  check arm64 debug vmx kernels,                     --smp 2)
$(call suite,admit,            x86_64 arm64,  check debug kernels,                               --smp 2)
$(call suite,claims,           x86_64 arm64,  check arm64 debug kernels,                         --smp 2)
$(call suite,guest,            x86_64 arm64,  check arm64 debug vmx intel newest kernels,        --smp 2)
$(call suite,guest-nvhe,       arm64,         check arm64 debug kernels,                         --smp 2 --nvhe)
$(call suite,smccc,            arm64,         check arm64 debug kernels,                         --smp 2)
$(call suite,gpa,              x86_64,        check debug vmx kernels,                           --smp 2)
$(call suite,pages,            x86_64 arm64,  check debug vmx,                                   --smp 2)
$(call suite,life,             x86_64 arm64,  check debug vmx newest kernels,                    --smp 2)
$(call suite,coexist,          x86_64,        check vmx kernels,                                 --smp 2,livepatch killftrace)
$(call suite,rules,            x86_64 arm64,  check arm64 debug vmx kernels,                     --smp 2,protect)
$(call suite,encrypted,        x86_64,        check debug,                                       --icount,caller)
$(call suite,seen,             x86_64 arm64,  check arm64 debug newest kernels,                 --smp 2)
$(call suite,examples,         x86_64 arm64,  check vmx,                                         --smp 2,protect)
$(call suite,buffers,          x86_64 arm64,  check arm64 debug vmx kernels,                     --smp 2)
$(call suite,walk,             x86_64 arm64,  check arm64-more debug vmx kernels,                ,walker translator)
$(call suite,cli,              x86_64 arm64,  check vmx,                                         --smp 2)
$(call suite,verbs,           x86_64 arm64,  check vmx,                                         --smp 2)
$(call suite,observe,          x86_64 arm64,  check,                                             --smp 2,namesake)
$(call suite,docs,             x86_64,        check,                                            --smp 2)
$(call suite,pins,             x86_64 arm64,  check,                                             --smp 2)
$(call suite,profiles,         x86_64 arm64,  check vmx,                                         --smp 2)
$(call suite,templates,        x86_64 arm64,  check,                                             --smp 2)
$(call suite,host,             x86_64 arm64,  check vmx,                                         --smp 2)
$(call suite,restore,          x86_64,        check vmx,                                         --smp 2)
$(call suite,vmstate,          x86_64 arm64,  check,                                             --smp 2)
$(call suite,first,            x86_64,        more debug,                                        --smp 2)
$(call suite,qemu,             x86_64,        check,                                             --icount --mem 1536)
$(call suite,sdei,             arm64,         check arm64 debug kernels,                         --smp 2)
$(call suite,sdei-nvhe,        arm64,         check debug kernels,                               --smp 2 --nvhe)
$(call suite,sdei-linux,       arm64,         check arm64,                                       --smp 2 --mem 2048)
$(call suite,sdei-migrate,     arm64,         check,                                           --smp 2 --mem 2048)
$(call suite,cost,             x86_64 arm64,  check arm64 vmx kernels,                           --icount --mem 2048)
$(call suite,gaps,             x86_64,        more,                                              --icount --mem 2048 --append 'preempt=full init_on_alloc=0')
$(call suite,hostile,          x86_64 arm64,  check debug,                               --smp 2)
$(call suite,faults,           x86_64 arm64,  debug)
$(call suite,parallel,         x86_64,        ,                                                  --parallel --smp 4,caller)
