"""The kit: launches, genuine and wrong in one way each, with which a vendor tries a service (launch.md §11).

It stands outside the product: it reads the registry with the product's code, and makes tokens with the
sandbox's, which knows nothing of the product. So both sides can be wrong only independently.
"""
