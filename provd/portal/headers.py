"""The headers that every page bears. HSTS belongs to whoever terminates TLS."""

from __future__ import annotations

from flask import Flask, Response, request

from provd.portal.access import PUBLIC_FILES

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": the CSRF check compares a form's Referer over HTTPS.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

KEPT_FOR_A_YEAR = "public, max-age=31536000, immutable"


def add_headers(app: Flask) -> None:
    @app.after_request
    def complete(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        lasting = request.endpoint in PUBLIC_FILES and response.status_code == 200
        # Pages hold what the next user of a shared computer must not find in the cache.
        response.headers["Cache-Control"] = KEPT_FOR_A_YEAR if lasting else "no-store"
        return response
