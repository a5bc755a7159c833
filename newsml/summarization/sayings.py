"""Verbs by which Chinese news tells who says something, as parts of patterns."""

SPEECH = "表示|指出|认为|强调|坦言|直言|透露|回应|解释|呼吁|警告"
"""What a person does."""

SAID, CALLED = r"(?<![小据学传])(?<![^后]来)说", r"(?<![名简职号俗统堪对昵别])称"
"""说 and 称 where they are no part of another word (小说, 据说, 来说, 简称, 堪称)."""

NOTICE = "公告|研报|声明|通报|披露|宣布|显示|提示"
"""What a company, an office or a paper does."""
