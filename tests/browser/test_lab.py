"""JupyterLab as `make lab` opens it."""


def test_it_opens_without_questions_and_without_what_teachers_need(lab, watched):
    with watched(1280, 900) as page:
        page.goto(lab("00_start_here.ipynb"))
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.get_by_role("menuitem", name="View").wait_for()
        page.wait_for_timeout(3000)  # JupyterLab asks about news some time after it has opened
        assert page.get_by_role("menuitem", name="Nbgrader").count() == 0
        assert page.locator("[id*='nbgrader']").count() == 0
        assert page.locator(".jp-toastContainer .Toastify__toast, .jp-Dialog").count() == 0
