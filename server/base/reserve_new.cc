// C++ libraries allocate through the reserve too: a phone number must not be
// found bad because memory was short.
#include <cstdlib>
#include <new>

extern "C" {
void *reserve_malloc(std::size_t n);
void reserve_free(void *p);
}

void *operator new(std::size_t n)
{
    void *p = reserve_malloc(n);

    if (!p)
        throw std::bad_alloc();
    return p;
}

void *operator new[](std::size_t n)
{
    return operator new(n);
}

void *operator new(std::size_t n, const std::nothrow_t &) noexcept
{
    return reserve_malloc(n);
}

void *operator new[](std::size_t n, const std::nothrow_t &) noexcept
{
    return reserve_malloc(n);
}

void operator delete(void *p) noexcept
{
    reserve_free(p);
}

void operator delete[](void *p) noexcept
{
    reserve_free(p);
}

void operator delete(void *p, std::size_t) noexcept
{
    reserve_free(p);
}

void operator delete[](void *p, std::size_t) noexcept
{
    reserve_free(p);
}

void operator delete(void *p, const std::nothrow_t &) noexcept
{
    reserve_free(p);
}

void operator delete[](void *p, const std::nothrow_t &) noexcept
{
    reserve_free(p);
}
